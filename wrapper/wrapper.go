// Package wrapper runs the real go as if nothing stood in front of it.
//
// It knows processes: how to find the go command below gosafe, how to become
// it, how to run it as a child that a terminal, a shell, make or a CI runner
// cannot tell from the plain command, and how to keep what it printed. It has
// no opinion about any of that: it does not read the output it keeps.
package wrapper
