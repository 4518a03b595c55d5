#!/bin/sh
# Draws every icon of the app from source.svg and tray/*.svg. The results are committed: only someone
# who changes a drawing needs to run this (rsvg-convert from librsvg2-bin, convert from imagemagick).
set -eu
cd "$(dirname "$0")"

draw() { rsvg-convert --width "$2" --height "$2" "$1" --output "$3"; }

draw source.svg 32 32x32.png
draw source.svg 128 128x128.png
draw source.svg 256 128x128@2x.png
draw source.svg 512 icon.png

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for size in 16 24 32 48 64 128 256; do
  draw source.svg "$size" "$work/$(printf %03d "$size").png"
done
convert "$work"/*.png icon.ico

# A tray shows 16 to 24 logical pixels; 64 leaves room for dense screens.
for drawing in tray/*.svg; do
  draw "$drawing" 64 "${drawing%.svg}.png"
done
