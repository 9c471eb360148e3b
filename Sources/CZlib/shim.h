// The zlib that every Swift toolchain asks for; nothing of it is built here.
#include <zlib.h>
