package main

// ownerOf tells nothing: files have access lists there.
func ownerOf(string) (owner, us string) { return "", "" }

func denied(string) bool { return false }

func isQuota(error) bool { return false }

func tryLock(string) error { return nil }

func inode(string) uint64 { return 0 }
