#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# models.sh TARSIER WEIGHTS DATA OUT [NAME...]: makes the shipped models, NAME.tsr with weights as halves and
# NAME-int8.tsr, out of the ONNX files that `./dev train` left in WEIGHTS. DATA holds matting, landmarks and kws; only
# their train parts are used, for calibration. Without names: all models.
set -eu
[ $# -ge 4 ] || { sed -n '3,5s/^# //p' "$0"; exit 2; }
tarsier=$1 weights=$2 data=$3 out=$4
shift 4
names=" $* "
mkdir -p "$out"

# model NAME TASK CALIBRATION META...
model() {
  name=$1 task=$2 calibration=$3
  shift 3
  case $names in "  " | *" $name "*) ;; *) return 0 ;; esac
  for entry; do
    set -- "$@" --meta "$entry"
    shift
  done
  whole=$(mktemp --suffix=.tsr)
  "$tarsier" convert "$weights/$name.onnx" "$whole" --task "$task" --meta licence=Apache-2.0 "$@"
  "$tarsier" quantize "$whole" "$out/$name-int8.tsr" --calibrate "$data/$calibration" --samples "$samples"
  "$tarsier" quantize "$whole" "$out/$name.tsr" --storage fp16
  rm "$whole"
}

matting() {
  model "$1" matting matting/train \
    "architecture=MMNet, width $2, $3x$3 (arXiv 1904.03816)" \
    "outputs=prob: probabilities, channel 0 background, channel 1 person" \
    "preprocessing=RGB, value / 255, whole frame squeezed to $3x$3 by bilinear interpolation" \
    "training=1035 photos with person mattes; see $1.md"
}

landmarks() {
  model "$1" landmarks landmarks/train \
    "architecture=PFLD, width $2, 68 points, 112x112 (arXiv 1902.10859)" \
    "outputs=landmarks: x0,y0,...,x67,y67 of 300-W in sides of the crop from its top left corner" \
    "preprocessing=RGB, value / 255; upright square crop, 1.2 times the larger side of the box around the points" \
    "training=2999 faces; see $1.md"
}

keywords() {
  model "$1" keywords "kws/$2/train" \
    "architecture=TC-ResNet8, width 1.0 (arXiv 1904.03814)" \
    "outputs=prob: probabilities of the labels" \
    "labels=$3" \
    "preprocessing=16 kHz, one second, 98 frames of 40 MFCC (30 ms every 10 ms)" \
    "training=$4; see $1.md"
}

samples=256
matting mmnet-256 1.0 256
matting mmnet-192 1.0 192
matting mmnet-128 1.0 128
landmarks pfld-68-1x 1.0
landmarks pfld-68-025x 0.25
samples=1024
keywords tcresnet8-commands-en commands_en silence,down,go,left,no,off,on,right,stop,unknown,up,yes \
  "2511 clips of ten words by 158 speakers"
keywords tcresnet8-commands-ar commands_ar \
  __null__,close,down,left,next,no,ok,one,open,previous,right,start,stop,two,up,yes,zero \
  "2880 clips of 18 speakers"
keywords tcresnet8-digits-en digits_en __null__,0,1,2,3,4,5,6,7,8,9,unknown "2000 clips of 4 speakers"
keywords tcresnet8-wake-en wake_en __null__,alexa,computer,jarvis,smart_mirror,snowboy,unknown,view_glass \
  "1914 clips of over 50 speakers"
