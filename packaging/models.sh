#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# models.sh TARSIER WEIGHTS DATA OUT: makes the shipped models, float and -int8, out of trained ONNX files.
# DATA holds matting, landmarks and kws; only their train parts are used, for calibration.
set -eu
[ $# -eq 4 ] || { sed -n '3,4s/^# //p' "$0"; exit 2; }
tarsier=$1 weights=$2 data=$3 out=$4
mkdir -p "$out"

# model ONNX NAME TASK CALIBRATION META...
model() {
  onnx=$1 name=$2 task=$3 calibration=$4
  shift 4
  for entry; do
    set -- "$@" --meta "$entry"
    shift
  done
  "$tarsier" convert "$weights/$onnx.onnx" "$out/$name.tsr" --task "$task" --meta licence=Apache-2.0 "$@"
  "$tarsier" quantize "$out/$name.tsr" "$out/$name-int8.tsr" --calibrate "$data/$calibration" --samples "$samples"
}

matting() {
  model "$1" "$2" matting matting/train \
    "architecture=MMNet, width $3, $4x$4 (arXiv 1904.03816)" \
    "outputs=prob: probabilities, channel 0 background, channel 1 person" \
    "preprocessing=RGB, value / 255, whole frame squeezed to $4x$4 by bilinear interpolation" \
    "training=1035 photos with person mattes, $5 epochs, one CPU core; see $2.md"
}

landmarks() {
  model "$1" "$2" landmarks landmarks/train \
    "architecture=PFLD, width $3, 68 points, 112x112 (arXiv 1902.10859)" \
    "outputs=landmarks: x0,y0,...,x67,y67 of 300-W in sides of the crop from its top left corner" \
    "preprocessing=RGB, value / 255; upright square crop, 1.2 times the larger side of the box around the points" \
    "training=2999 faces, $4 minutes of one CPU core; see $2.md"
}

keywords() {
  model "$1" "$2" keywords "kws/$3/train" \
    "architecture=TC-ResNet8, width 1.0 (arXiv 1904.03814)" \
    "outputs=prob: probabilities of the labels" \
    "labels=$4" \
    "preprocessing=16 kHz, one second, 98 frames of 40 MFCC (30 ms every 10 ms)" \
    "training=$5; see $2.md"
}

samples=256
matting mmnet_256 mmnet-256 1.0 256 58
matting mmnet_w05_128 mmnet-128 0.5 128 40
landmarks pfld68_1x pfld-68-1x 1.0 40
landmarks pfld68_025x pfld-68-025x 0.25 15
samples=1024
keywords tcresnet8_commands_ar tcresnet8-commands-ar commands_ar \
  __null__,close,down,left,next,no,ok,one,open,previous,right,start,stop,two,up,yes,zero \
  "2880 clips of 18 speakers, 57 epochs, one CPU core"
keywords tcresnet8_digits_en tcresnet8-digits-en digits_en \
  __null__,0,1,2,3,4,5,6,7,8,9,unknown "2000 clips of 4 speakers, 40 epochs, one CPU core"
keywords tcresnet8_wake_en tcresnet8-wake-en wake_en \
  __null__,alexa,computer,jarvis,smart_mirror,snowboy,unknown,view_glass \
  "1914 clips of over 50 speakers, 58 epochs, one CPU core"
