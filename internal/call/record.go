//go:build unix

package call

import (
	"strconv"
	"strings"
	"syscall"
	"time"

	"gosafe/internal/socket"
	"gosafe/wrapper"
)

// A record is an attempt, and whether it holds anything back.
type record struct {
	Attempt
	holds bool
}

// recordFormat is the first line of a record. Two programs of different versions
// may meet while gosafe is being upgraded: a record that is not understood is no
// record, and the command runs as if it were the first time.
const recordFormat = "gosafe attempt 1"

// recordEnd is the last line of one that is whole.
const recordEnd = "end"

// encode writes an attempt down, a quoted field a line; mem is what it holds
// back in memory.
func (a *Attempt) encode(mem string) string {
	fields := []string{
		recordFormat,
		strconv.Itoa(a.Exit),
		strconv.Itoa(int(a.Signal)),
		strconv.FormatInt(a.Began.UnixNano(), 10),
		strconv.FormatBool(a.Merged),
		strconv.FormatBool(a.Hold != nil),
		string(a.Stderr),
		mem,
	}
	if st := a.Stall; st != nil {
		fields = append(fields, st.For.String(), strconv.FormatBool(st.Back), strconv.Itoa(len(st.Peers)))
		for _, p := range st.Peers {
			fields = append(fields, p.IP, strconv.Itoa(int(p.Port)))
		}
		fields = append(fields, st.Argv...)
	}
	var b strings.Builder
	for _, f := range append(fields, recordEnd) {
		b.WriteString(strconv.Quote(f))
		b.WriteByte('\n')
	}
	return b.String()
}

// decode reads what encode has written. It reports false if it is anything else.
func decode(text string) (r record, mem []byte, ok bool) {
	var fields []string
	for line := range strings.Lines(text) {
		f, err := strconv.Unquote(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return record{}, nil, false
		}
		fields = append(fields, f)
	}
	last := len(fields) - 1
	if last < 8 || fields[0] != recordFormat || fields[last] != recordEnd {
		return record{}, nil, false
	}
	fields = fields[:last]
	exit, err1 := strconv.Atoi(fields[1])
	signal, err2 := strconv.Atoi(fields[2])
	began, err3 := strconv.ParseInt(fields[3], 10, 64)
	if err1 != nil || err2 != nil || err3 != nil {
		return record{}, nil, false
	}
	r.Exit, r.Signal, r.Began = exit, syscall.Signal(signal), time.Unix(0, began)
	r.Merged, r.holds = fields[4] == "true", fields[5] == "true"
	r.Stderr = []byte(fields[6])
	if len(fields) > 8 {
		if r.Stall, ok = decodeStall(fields[8:]); !ok {
			return record{}, nil, false
		}
	}
	return r, []byte(fields[7]), true
}

// decodeStall reads the fields of a Stall.
func decodeStall(fields []string) (*wrapper.Stall, bool) {
	if len(fields) < 3 {
		return nil, false
	}
	quiet, err1 := time.ParseDuration(fields[0])
	peers, err2 := strconv.Atoi(fields[2])
	st := &wrapper.Stall{For: quiet, Back: fields[1] == "true"}
	if fields = fields[3:]; err1 != nil || err2 != nil || peers < 0 || len(fields)/2 < peers {
		return nil, false
	}
	for ; peers > 0; peers, fields = peers-1, fields[2:] {
		port, err := strconv.ParseUint(fields[1], 10, 16)
		if err != nil || len(fields[0]) != 4 && len(fields[0]) != 16 {
			return nil, false
		}
		st.Peers = append(st.Peers, socket.Peer{IP: fields[0], Port: uint16(port)})
	}
	st.Argv = fields
	return st, true
}
