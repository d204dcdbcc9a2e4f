#!/bin/sh
# Prints the text that a running ishara reads, with the time of day: sh listen.sh
#
# Without Python, straight from the socket:
#   socat -u UNIX-CONNECT:"$XDG_RUNTIME_DIR/ishara/ishara.sock" - | jq ...
#   nc -U "$XDG_RUNTIME_DIR/ishara/ishara.sock" | jq ...
ishara listen "$@" |
    jq --unbuffered --raw-output \
        'select(.type == "final") | "\(now | strflocaltime("%H:%M:%S")) \(.text)"'
