package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// median returns the middle one of v, or what is between the middle two. v must
// not be empty.
func median[T int | time.Duration](v []T) T {
	s := slices.Sorted(slices.Values(v))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// walls returns the times of results.
func walls(results []result) (v []time.Duration) {
	for _, r := range results {
		v = append(v, r.wall)
	}
	return v
}

// successes counts the results that are ok.
func successes(results []result) (n int) {
	for _, r := range results {
		if r.ok {
			n++
		}
	}
	return n
}

// requests returns the median number of requests.
func requests(results []result) int {
	var v []int
	for _, r := range results {
		v = append(v, r.requests)
	}
	return median(v)
}

// times sets the median time of results against that of the fault-free runs.
func (r *row) times(results []result) string {
	hung := 0
	for _, res := range results {
		if res.hung {
			hung++
		}
	}
	if 2*hung > len(results) {
		if r.fault.hangs {
			return "hangs"
		}
		return "over the limit"
	}
	q := ratio(median(walls(results)), median(walls(r.sound)))
	if q < 0.1 {
		return fmt.Sprintf("×%.2f", q)
	}
	return fmt.Sprintf("×%.1f", q)
}

// seconds writes a duration as the page does.
func seconds(d time.Duration) string { return fmt.Sprintf("%g s", d.Seconds()) }

func ratio(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }

// cell is one field of the page's tables.
func (r *row) cell(results []result) string {
	return fmt.Sprintf("%d/%d %s (%d)", successes(results), len(results), r.times(results), requests(results))
}

// line is a row for the progress.
func (r *row) line() string {
	cells := []string{r.fault.name}
	for _, results := range r.struck {
		cells = append(cells, r.cell(results))
	}
	return strings.Join(cells, " | ")
}

// tolerance is how much slower than another policy gosafe may be, and noise what
// the machine may add to one time or another.
const (
	tolerance = 1.1
	noise     = 50 * time.Millisecond
)

// slower returns how many times a is b, and whether that is too much.
func slower(a, b time.Duration) (times float64, bad bool) {
	times = ratio(a, b)
	return times, times > tolerance && a-b > noise
}

// findings tells where the figures are not what gosafe promises, or where a
// fault was not what it was meant to be.
func (r *row) findings() (found []string) {
	say := func(format string, args ...any) {
		found = append(found, r.fault.name+": "+fmt.Sprintf(format, args...))
	}
	safe, plain := r.struck[len(policies)-1], r.struck[0]
	for i, res := range plain {
		if !res.struck {
			say("it did not strike bare go with seed %d", i+1)
		}
	}
	if r.fault.hopeless {
		for p, results := range r.struck {
			if n := successes(results); n > 0 {
				say("%s succeeded %d times where nobody can", policies[p].name, n)
			}
		}
		if q, bad := slower(median(walls(safe)), median(walls(plain))); bad {
			say("gosafe takes ×%.2f of what bare go takes", q)
		}
		return found
	}
	if n := successes(safe); n < len(safe) {
		say("gosafe succeeded only %d times of %d", n, len(safe))
	}
	for p, policy := range policies {
		if len(policy.waits) == 0 || policy.gate != nil {
			continue // the gated loop waits longer
		}
		var theirs, ours []result
		for i, res := range r.struck[p] {
			if res.ok && safe[i].ok {
				theirs, ours = append(theirs, res), append(ours, safe[i])
			}
		}
		if len(ours) == 0 {
			continue
		}
		if q, bad := slower(median(walls(ours)), median(walls(theirs))); bad {
			say("where both succeed, gosafe takes ×%.2f of what the %s takes", q, policy.name)
		}
	}
	return found
}
