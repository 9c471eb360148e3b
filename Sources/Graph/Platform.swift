// Whoever stands on the graph calls the C library through it.
@_exported import GliaPlatform
