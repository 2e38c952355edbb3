package main

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// spread calls do for every number below n, on up to four processors: what the
// kernel has to look up for each is not in the cache of any of them. Whoever
// comes to run takes the next few; so nothing waits for one that does not, on a
// machine that has other things to do.
func spread(n int, do func(i int)) {
	const few = 16
	var next atomic.Int64
	work := func() {
		for {
			end := int(next.Add(few))
			for i := end - few; i < min(end, n); i++ {
				do(i)
			}
			if end >= n {
				return
			}
		}
	}
	var mu sync.Mutex // protects over, and adding to busy once it is waited for
	var busy sync.WaitGroup
	over := false
	for range min(runtime.GOMAXPROCS(0), 4, 1+n/(2*few)) - 1 {
		go func() {
			mu.Lock()
			if over {
				mu.Unlock()
				return
			}
			busy.Add(1)
			mu.Unlock()
			work()
			busy.Done()
		}()
	}
	work()
	mu.Lock()
	over = true
	mu.Unlock()
	busy.Wait()
}
