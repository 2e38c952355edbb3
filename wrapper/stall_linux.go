package wrapper

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"gosafe/internal/socket"
)

// canLook reports whether /proc is that of our own namespace of processes. In
// another one's, our numbers are those of strangers.
func canLook() bool {
	self, err := os.Readlink("/proc/self")
	return err == nil && self == strconv.Itoa(os.Getpid())
}

// ticksPerSecond is USER_HZ, the unit of processor time in proc(5): 100 on every
// machine that Go runs on.
const ticksPerSecond = 100

// A process is one line of /proc/PID/stat, with the bytes of /proc/PID/io.
type process struct {
	pid, parent int
	name        string // at most 15 bytes
	state       byte
	cpu         uint64 // in user and kernel, in ticks
	start       uint64 // since boot, in ticks: with pid, its identity
	io          uint64 // bytes that it passed to and from read and write calls, sockets included
}

// A tree is a process and all that descend from it, at one moment.
type tree []process

// lookAt reads the tree below and with process root. Processes that have left
// it, by the death of those between (daemons), are not in it.
func lookAt(root int) (tree, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	children := map[int][]process{}
	var t tree
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		p, err := readProcess(pid)
		switch {
		case err != nil: // it has just ended
		case pid == root:
			t = append(t, p)
		default:
			children[p.parent] = append(children[p.parent], p)
		}
	}
	if len(t) == 0 {
		return nil, fs.ErrNotExist
	}
	for i := 0; i < len(t); i++ {
		t = append(t, children[t[i].pid]...)
	}
	for i := range t {
		t[i].io = bytesMoved(t[i].pid)
	}
	return t, nil
}

// readProcess reads /proc/PID/stat: pid (comm) state ppid ..., where comm may
// hold anything, ')' included. utime and stime are fields 14 and 15, starttime
// is 22.
func readProcess(pid int) (process, error) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return process{}, err
	}
	open, end := bytes.IndexByte(data, '('), bytes.LastIndexByte(data, ')')
	if open < 0 || end < open {
		return process{}, errors.New("no stat")
	}
	f := bytes.Fields(data[end+1:])
	const first = 3 // the number of f[0]
	if len(f) <= 22-first {
		return process{}, errors.New("short stat")
	}
	number := func(field int) uint64 {
		n, _ := strconv.ParseUint(string(f[field-first]), 10, 64)
		return n
	}
	return process{pid: pid, parent: int(number(4)), name: string(data[open+1 : end]), state: f[0][0], cpu: number(14) + number(15), start: number(22)}, nil
}

// bytesMoved adds rchar and wchar of /proc/PID/io: what read(2), write(2) and
// their kin moved, on whatever file. It is 0 where that may not be read
// (another user's process).
func bytesMoved(pid int) (n uint64) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/io")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if name == "rchar" || name == "wchar" {
			c, _ := strconv.ParseUint(value, 10, 64)
			n += c
		}
	}
	return n
}

// movedSince reports whether something has happened in the tree since it was
// looked at before, a while ago. Little processor time is nothing: a Go program
// that waits collects its garbage every two minutes (runtime.forcegcperiod).
func (t tree) movedSince(before tree, while time.Duration) bool {
	if len(t) != len(before) {
		return true
	}
	var ticks uint64
	for _, p := range t {
		j := slices.IndexFunc(before, func(q process) bool { return q.pid == p.pid && q.start == p.start })
		if j < 0 || p.io != before[j].io {
			return true
		}
		ticks += p.cpu - before[j].cpu
	}
	used := time.Duration(ticks) * time.Second / ticksPerSecond
	return ticks > 1 && used > while/100
}

// busy reports whether a process is stopped by a signal or a debugger (T, t),
// waits for a disk (D), or for a processor (R), which a busy machine may be slow
// to give.
func (t tree) busy() bool {
	return slices.ContainsFunc(t, func(p process) bool { return strings.IndexByte("TtDR", p.state) >= 0 })
}

// lockHolder returns the process that holds a lock which one of the tree waits
// for. /proc/locks shows who waits behind the line of who holds:
//
//	1: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF
//	1: -> FLOCK  ADVISORY  WRITE 4712 08:01:1234 0 EOF
func (t tree) lockHolder() (pid int, name string, ok bool) {
	data, err := os.ReadFile("/proc/locks")
	if err != nil {
		return 0, "", false
	}
	holder := 0
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		waits := len(f) > 1 && f[1] == "->"
		if waits {
			f = slices.Delete(f, 1, 2)
		}
		if len(f) < 5 {
			continue
		}
		n, _ := strconv.Atoi(f[4])
		switch {
		case !waits:
			holder = n
		case t.has(n):
			return holder, commandName(holder), true
		}
	}
	return 0, "", false
}

func (t tree) has(pid int) bool {
	return slices.ContainsFunc(t, func(p process) bool { return p.pid == pid })
}

// commandName returns a process's name, as ps shows it, or "".
func commandName(pid int) string {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

// fetches reports whether a process below a go command is one of those that
// fetch modules: git with its helpers, ssh, the other version control programs,
// and the shell that git starts a command of the user's with.
func (p process) fetches() bool {
	switch p.name {
	case "git", "ssh", "hg", "svn", "bzr", "fossil", "sh":
		return true
	}
	return strings.HasPrefix(p.name, "git-remote-")
}

// fetchesOnly reports whether nothing below the root of the tree does anything
// but fetch. What else go starts may wait for what it likes, and go for it: a
// compiler for another machine that compiles for it, a credential helper for
// somebody to log in.
func (t tree) fetchesOnly() bool {
	return !slices.ContainsFunc(t[1:], func(p process) bool { return !p.fetches() })
}

// opened is what a process of a tree has to do with the network.
type opened struct {
	pid int
	tcp []tcpSocket // its own among those of its namespace
}

// sockets returns the processes of the tree that have opened a socket. It
// reports false if something else may be what go waits for: another program, or
// somebody at a terminal. Descriptors 0 to 2 are given, whatever they are.
func (t tree) sockets() (all []opened, ok bool) {
	if !t.fetchesOnly() {
		return nil, false
	}
	for _, p := range t {
		inodes, terminal := openFiles(p.pid)
		if terminal {
			return nil, false
		}
		if len(inodes) > 0 {
			others := func(c tcpSocket) bool { return !slices.Contains(inodes, c.inode) }
			all = append(all, opened{p.pid, slices.DeleteFunc(tcpTable(p.pid), others)})
		}
	}
	return all, true
}

// waitsForNetwork reports whether a process of the tree has opened a socket,
// and none one that others connect to.
func (t tree) waitsForNetwork() (stall Stall, ok bool) {
	all, ok := t.sockets()
	for _, o := range all {
		var peers []socket.Peer
		for _, c := range o.tcp {
			if c.state == listening {
				return Stall{}, false
			}
			if !slices.Contains(peers, c.peer) {
				peers = append(peers, c.peer)
			}
		}
		if len(peers) > 0 {
			stall.Peers, stall.Argv = peers, argv(o.pid)
		}
	}
	return stall, ok && len(all) > 0
}

// openFiles reads the descriptors of a process: the inodes of its sockets, and
// whether it has opened a terminal.
func openFiles(pid int) (sockets []string, terminal bool) {
	dir := "/proc/" + strconv.Itoa(pid) + "/fd/"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, false
	}
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err != nil || n <= 2 {
			continue
		}
		to, err := os.Readlink(dir + e.Name())
		if err != nil {
			continue
		}
		if inode, ok := strings.CutPrefix(to, "socket:["); ok {
			sockets = append(sockets, strings.TrimSuffix(inode, "]"))
		}
		if strings.HasPrefix(to, "/dev/pts/") && to != "/dev/pts/ptmx" || strings.HasPrefix(to, "/dev/tty") {
			terminal = true
		}
	}
	return sockets, terminal
}

// A tcpSocket is a line of /proc/PID/net/tcp.
type tcpSocket struct {
	peer  socket.Peer
	state string
	inode string
}

// The states of a connection that is being made, and of a socket that waits for
// others to connect.
const (
	synSent   = "02"
	listening = "0A"
)

// tcpLines goes through the lines of the TCP sockets of a process's network
// namespace. A line is good until the next one: where many connections were closed
// a moment ago there are thousands.
func tcpLines(pid int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, table := range []string{"tcp", "tcp6"} {
			f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/net/" + table)
			if err != nil {
				continue
			}
			defer f.Close()
			for r := bufio.NewReader(f); ; {
				line, err := r.ReadSlice('\n')
				if err != nil {
					break
				}
				if !yield(line) {
					return
				}
			}
		}
	}
}

// tcpTable reads the TCP sockets of a process's network namespace that have
// another end, or listen: remote address, state and inode are columns 3, 4 and 10.
func tcpTable(pid int) (all []tcpSocket) {
	for line := range tcpLines(pid) {
		f := strings.Fields(string(line))
		if len(f) < 10 {
			continue
		}
		if peer, ok := parsePeer(f[2]); ok || f[3] == listening {
			all = append(all, tcpSocket{peer, f[3], f[9]})
		}
	}
	return all
}

// connects reports whether anybody in a process's network namespace is making
// a connection: a quick look before a thorough one, each second of a run.
func connects(pid int) bool {
	for line := range tcpLines(pid) {
		column := 0
		for field := range bytes.FieldsSeq(line) {
			if column++; column == 4 && string(field) == synSent {
				return true
			}
		}
	}
	return false
}

// connecting reports whether the tree has TCP connections, all of which are
// still being made.
func (t tree) connecting() (stall Stall, ok bool) {
	all, _ := t.sockets()
	for _, o := range all {
		for _, c := range o.tcp {
			if c.state != synSent {
				return Stall{}, false
			}
			stall.Peers, stall.Argv = append(stall.Peers, c.peer), argv(o.pid)
		}
	}
	return stall, len(stall.Peers) > 0
}

// parsePeer reads an address as the kernel prints it: in words of four bytes,
// each as the number that this machine reads it as, in hexadecimal; then the port.
func parsePeer(s string) (socket.Peer, bool) {
	host, port, _ := strings.Cut(s, ":")
	n, err := strconv.ParseUint(port, 16, 16)
	if err != nil || n == 0 || len(host) != 8 && len(host) != 32 {
		return socket.Peer{}, false
	}
	var raw []byte
	for ; host != ""; host = host[8:] {
		word, err := strconv.ParseUint(host[:8], 16, 32)
		if err != nil {
			return socket.Peer{}, false
		}
		raw = binary.NativeEndian.AppendUint32(raw, uint32(word))
	}
	ip, _ := strings.CutPrefix(string(raw), mapped)
	return socket.Peer{IP: ip, Port: uint16(n)}, true
}

// mapped begins an IPv4 address that is written as an IPv6 one (RFC 4291, 2.5.5.2).
const mapped = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff"

// answers reports whether a connection to p can be made now.
func answers(p socket.Peer) bool { return socket.Answers(p) }

// argv returns the command line of a process.
func argv(pid int) []string {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00")
}

// signal sends a signal to all of the tree that is still there.
func (t tree) signal(sig syscall.Signal) {
	for _, p := range t {
		if p.alive() {
			syscall.Kill(p.pid, sig)
		}
	}
}

// alive reports whether some of the tree is still there.
func (t tree) alive() bool { return slices.ContainsFunc(t, process.alive) }

// alive reports whether the process has not ended yet. One that nobody has
// waited for counts as ended.
func (p process) alive() bool {
	now, err := readProcess(p.pid)
	return err == nil && now.start == p.start && now.state != 'Z'
}
