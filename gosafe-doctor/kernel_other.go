//go:build !linux

package main

// readKernelLog reads nothing: the log is not a file here.
func readKernelLog(string) string { return "" }

// hardLimit tells nothing.
func hardLimit(limit) (uint64, bool) { return 0, false }
