#!/bin/sh
# Made the model of the file format's first form, which held the layers and no graph, and what it predicts. Kept to show how;
# a newer Glia writes another file.
#
#     swift build --product glia && sh References/models/make.sh .build/debug/glia
set -e
glia=$(realpath "$1")
cd "$(dirname "$0")"
awk 'BEGIN {
  print "size,town,code,price"
  for (i = 0; i < 240; i++) {
    code = i * 7 % 24
    size = i % 13 == 0 ? "" : 20 + i * 37 % 80
    town = (i % 3 == 0) ? "Ulm" : (i % 3 == 1) ? "Bonn" : "Jena"
    print size "," town ",k" code "," 100 + 3 * (20 + i * 37 % 80) + 10 * (code % 4) + 25 * (i % 3)
  }
}' > houses.csv
"$glia" train houses.csv --target price --hidden 3 --epochs 4 --seed 7 --quiet -o layers.safetensors
"$glia" predict layers.safetensors houses.csv -o layers.csv
