// Fakego stands in for the real go in scripts. The directory $FAKEGO tells it
// what to do at its Nth call, in files that may each be absent: N.stdout and
// N.stderr are printed (N.stdout first), N.sleep is how many milliseconds to
// sleep then, N.signal kills it by that number, N.exit is its exit status. It
// appends its arguments to the file calls, and leaves its environment in N.env.
// With $FAKEGO_PEAK it prints the peak of this process's memory, in KiB, no matter
// what program it was then, and that is all.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"
)

func main() {
	if os.Getenv("FAKEGO_PEAK") != "" {
		fmt.Println(peak())
		return
	}
	dir := os.Getenv("FAKEGO")
	if dir == "" {
		fmt.Fprintln(os.Stderr, "fakego: FAKEGO is not set")
		os.Exit(2)
	}
	n := 1
	for ; ; n++ { // calls may overlap
		f, err := os.OpenFile(filepath.Join(dir, fmt.Sprintf("%d.env", n)), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
		if err == nil {
			env := os.Environ()
			sort.Strings(env)
			fmt.Fprintln(f, strings.Join(env, "\n"))
			f.Close()
			break
		}
		if !os.IsExist(err) {
			fmt.Fprintln(os.Stderr, "fakego:", err)
			os.Exit(2)
		}
	}
	if f, err := os.OpenFile(filepath.Join(dir, "calls"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666); err == nil {
		fmt.Fprintln(f, strings.Join(os.Args[1:], " "))
		f.Close()
	}
	read := func(what string) string {
		data, _ := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%d.%s", n, what)))
		return string(data)
	}
	number := func(what string) int {
		i, _ := strconv.Atoi(strings.TrimSpace(read(what)))
		return i
	}
	os.Stdout.WriteString(read("stdout"))
	os.Stderr.WriteString(read("stderr"))
	time.Sleep(time.Duration(number("sleep")) * time.Millisecond)
	if sig := number("signal"); sig != 0 {
		die(sig)
	}
	os.Exit(number("exit"))
}
