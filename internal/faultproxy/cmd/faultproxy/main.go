// Faultproxy is a module proxy that misbehaves: by hand, or for scripts.
//
//	faultproxy -upstream https://proxy.golang.org -fail 0.1 -seed 1
//	faultproxy -modules 30 -rule '\.zip$=cut|503,times=5' -rule '/list$=stall'
//
// It prints its URL, for GOPROXY, as the first line of standard output, and
// runs until it is interrupted. Then it tells on standard error what it did.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"gosafe/internal/faultproxy"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run serves until ctx ends, or stdin does if it was asked to mind that. It
// returns the exit status: 2 for wrong usage.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "faultproxy:", err)
		return 2
	}
	s, err := faultproxy.Start(o.conf)
	if err != nil {
		fmt.Fprintln(stderr, "faultproxy:", err)
		return 1
	}
	defer s.Close()
	if o.ca != "" {
		if err := os.WriteFile(o.ca, s.CA(), 0o666); err != nil {
			fmt.Fprintln(stderr, "faultproxy:", err)
			return 1
		}
	}
	fmt.Fprintln(stdout, s.URL())
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if o.stdin {
		go func() {
			_, _ = io.Copy(io.Discard, stdin)
			cancel()
		}()
	}
	<-ctx.Done()
	s.Close()
	summarise(stderr, s)
	return 0
}

// Options are what the command line says.
type options struct {
	conf  faultproxy.Config
	ca    string
	stdin bool
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("faultproxy", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		fmt.Fprintln(stderr, "usage: faultproxy [flags]")
		f.PrintDefaults()
		fmt.Fprintf(stderr, "\nRULE is PATH=FAULT[|FAULT...][,times=N][,skip=N][,every=N][,chance=P][,per-path]\n"+
			"with a regular expression PATH; FAULT is a status, or KIND[:ARGUMENT] of\n\n%s\n"+
			"The modules of -modules are demo.test/m00, m01 and so on:\n  GOPROXY=URL GOSUMDB=off go mod download -x demo.test/m00@latest\n", faultproxy.Kinds())
	}
	f.StringVar(&o.conf.Addr, "addr", "127.0.0.1:0", "listen on this address")
	f.StringVar(&o.conf.Upstream, "upstream", "", "stand in front of the proxy at this `URL`")
	f.StringVar(&o.conf.Store, "store", "", "keep the upstream's answers in this `directory`, not in memory")
	modules := f.Int("modules", 0, "serve a graph of this `number` of generated modules")
	fail := f.Float64("fail", 0, "spoil requests with this `probability`, after the rules")
	kinds := f.String("kinds", "502,503,reset-body,cut", "the faults of -fail, with commas between")
	f.Uint64Var(&o.conf.Seed, "seed", 1, "what chances are drawn from")
	f.Func("rule", "add a `rule`", func(text string) error {
		r, err := faultproxy.ParseRule(text)
		o.conf.Rules = append(o.conf.Rules, r)
		return err
	})
	f.Func("tls", "serve HTTPS with a certificate of this `kind`: good, untrusted, expired, wrong-host", func(name string) (err error) {
		o.conf.Cert, err = faultproxy.ParseCert(name)
		return err
	})
	f.StringVar(&o.ca, "ca", "", "write the authority to trust (SSL_CERT_FILE) to this `file`")
	f.BoolVar(&o.conf.HTTP1Only, "http1", false, "over HTTPS, do not offer HTTP/2")
	f.BoolVar(&o.conf.OneShot, "oneshot", false, "end each HTTP/1.1 connection with its first request")
	f.BoolVar(&o.stdin, "stdin", false, "end when standard input does")
	verbose := f.Bool("v", false, "print each request on standard error")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if o.ca != "" && o.conf.Cert == faultproxy.None {
		return o, fmt.Errorf("-ca without -tls")
	}
	o.conf.Modules = faultproxy.Graph(max(*modules, 0))
	if *fail > 0 {
		r := faultproxy.Rule{Chance: *fail}
		for _, name := range strings.Split(*kinds, ",") {
			kind, err := faultproxy.ParseFault(name)
			if err != nil {
				return o, err
			}
			r.Faults = append(r.Faults, kind)
		}
		o.conf.Rules = append(o.conf.Rules, r)
	}
	if *verbose {
		lines := log.New(stderr, "", log.Ltime) // unlike stderr, safe for concurrent use
		o.conf.OnRequest = func(r faultproxy.Request) { lines.Println(r) }
	}
	return o, nil
}

func summarise(w io.Writer, s *faultproxy.Server) {
	spoiled, total := s.Spoiled(), 0
	for _, n := range spoiled {
		total += n
	}
	fmt.Fprintf(w, "faultproxy: %d requests, %d spoiled\n", len(s.Requests()), total)
	for _, name := range slices.Sorted(maps.Keys(spoiled)) {
		fmt.Fprintf(w, "faultproxy: %6d %s\n", spoiled[name], name)
	}
	failed := 0
	for _, r := range s.Requests() {
		if r.Err != "" {
			failed++
		}
	}
	if failed > 0 {
		fmt.Fprintf(w, "faultproxy: %6d not answered by the upstream itself\n", failed)
	}
}
