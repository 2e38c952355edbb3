package main

import "gosafe/internal/socket"

// answers tells the watch whether a connection can be made.
var answers = socket.Answers
