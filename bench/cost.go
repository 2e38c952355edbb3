package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/template"
	"time"
)

//go:embed cost.md.tmpl
var costText string

// A contender is a way to call the go command when nothing goes wrong.
type contender struct {
	Name    string
	What    string // for the page
	Missing error  // why it could not be had
	program string

	// env returns the variables that tell it where the go command is. It is nil for
	// what looks on PATH.
	env func(goCommand string) ([]string, error)
}

// costCommands are the commands that are timed, in a module whose build and
// test are cached.
var costCommands = []struct {
	args   []string
	way    string // how gosafe runs it
	memory bool   // is measured as well
}{
	{[]string{"version"}, "pass", true},
	{[]string{"env", "GOROOT"}, "pass", false},
	{[]string{"list", "./..."}, "guard", false},
	{[]string{"build", "./..."}, "guard", true},
	{[]string{"test", "./..."}, "pass, after a look at the cache", false},
}

// costs times every contender and returns the page.
func (b *bench) costs(ctx context.Context, runs int) (page string, err error) {
	b.begin = time.Now()
	if b.goCommand, err = findGo(ctx); err != nil {
		return "", fmt.Errorf("finding the real go: %w", err)
	}
	if b.scratch, err = os.MkdirTemp("", "gosafe-bench-"); err != nil {
		return "", err
	}
	defer remove(b.scratch)
	if b.gosafe, err = buildGosafe(ctx, b.goCommand, filepath.Join(b.scratch, "bin")); err != nil {
		return "", err
	}
	project, err := b.costProject()
	if err != nil {
		return "", err
	}
	all := []contender{
		{Name: "go", What: "the real one, called directly", program: b.goCommand},
		{Name: "gosafe", What: "in front of it on PATH, as install.sh installs it", program: b.gosafe},
		{Name: "alone", What: "gosafe without gosafe-shim (`alias go=gosafe`)", program: filepath.Join(filepath.Dir(b.gosafe), "gosafe"+filepath.Ext(b.gosafe))},
		b.built(ctx, "exec", "a program in Go that does nothing but become the real go", execText),
		b.built(ctx, "child", "a program in Go that does nothing but run the real go and wait for it", childText),
		b.installed(ctx, "golang.org/dl", "the wrapper of golang.org/dl, for "+dlVersion, "golang.org/dl/"+dlVersion+"@latest", b.sdk),
		b.installed(ctx, "bazelisk", "bazelisk v1.27.0 with USE_BAZEL_VERSION naming the real go", "github.com/bazelbuild/bazelisk@v1.27.0", named("USE_BAZEL_VERSION")),
	}
	envs, err := b.costEnvs(all, b.goCommand)
	if err != nil {
		return "", err
	}
	var rows []string
	for _, c := range costCommands {
		b.say("go %s", strings.Join(c.args, " "))
		cells, err := b.time(ctx, all, envs, project, runs, c.args)
		if err != nil {
			return "", err
		}
		rows = append(rows, fmt.Sprintf("| `go %s` | %s | %s |", strings.Join(c.args, " "), c.way, strings.Join(cells, " | ")))
	}
	b.say("memory")
	memory, err := b.peaks(ctx, all, project, 5)
	if err != nil {
		return "", err
	}
	rows = append(rows, memory...)
	t, err := template.New("costs").Parse(costText)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = t.Execute(&out, map[string]any{
		"Command": b.command, "Date": b.begin.Format(time.DateOnly), "Runs": runs,
		"Go": firstLine(ctx, b.goCommand, "version"), "Revision": revision(ctx),
		"Machine":    fmt.Sprintf("%s/%s, %d cores", runtime.GOOS, runtime.GOARCH, runtime.NumCPU()),
		"Contenders": all, "Rows": rows,
	})
	return out.String(), err
}

// costProject makes a module with a test.
func (b *bench) costProject() (dir string, err error) {
	dir = filepath.Join(b.scratch, "project")
	if err := os.Mkdir(dir, 0o777); err != nil {
		return "", err
	}
	for name, text := range map[string]string{
		"go.mod":    "module example.com/m\n\ngo 1.24\n",
		"m.go":      "package m\n\nimport \"fmt\"\n\nfunc Hello() string { return fmt.Sprint(\"hello\") }\n",
		"m_test.go": "package m\n\nimport \"testing\"\n\nfunc TestHello(t *testing.T) { Hello() }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// execText is a program that becomes the go command which the environment names:
// what any shim in Go takes at least.
const execText = `package main

import (
	"os"
	"syscall"
)

func main() { syscall.Exec(os.Getenv("BENCH_GO"), os.Args, os.Environ()) }
`

// childText is what any shim in Go takes at least that has to know how go ended.
const childText = `package main

import (
	"os"
	"syscall"
)

func main() {
	pid, err := syscall.ForkExec(os.Getenv("BENCH_GO"), os.Args, &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}})
	if err != nil {
		panic(err)
	}
	var status syscall.WaitStatus
	syscall.Wait4(pid, &status, 0, nil)
	os.Exit(status.ExitStatus())
}
`

// built is a shim of one file.
func (b *bench) built(ctx context.Context, name, what, text string) contender {
	c := contender{Name: name, What: what, env: named("BENCH_GO")}
	c.program = filepath.Join(b.scratch, name, name)
	c.Missing = b.buildText(ctx, c.program, text)
	return c
}

// buildText builds the program of one file with that text.
func (b *bench) buildText(ctx context.Context, program, text string) error {
	source := filepath.Join(filepath.Dir(program), "main.go")
	if err := os.MkdirAll(filepath.Dir(source), 0o777); err != nil {
		return err
	}
	if err := os.WriteFile(source, []byte(text), 0o666); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, b.goCommand, "build", "-o", program, source)
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, out)
	}
	return nil
}

// named returns the env of a contender that finds the go command in a variable.
func named(variable string) func(string) ([]string, error) {
	return func(goCommand string) ([]string, error) { return []string{variable + "=" + goCommand}, nil }
}

// installed installs another shim with the real go, if its module can be had.
func (b *bench) installed(ctx context.Context, name, what, module string, env func(string) ([]string, error)) contender {
	c := contender{Name: name, What: what, env: env}
	bin := filepath.Join(b.scratch, "others")
	cmd := exec.CommandContext(ctx, b.goCommand, "install", module)
	cmd.Env = append(os.Environ(), "GOBIN="+bin, "GOFLAGS=-mod=mod -modcacherw", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		c.Missing = fmt.Errorf("go install %s: %w: %s", module, err, out)
		b.say("%v", c.Missing)
		return c
	}
	path, _, _ := strings.Cut(module, "@")
	c.program = filepath.Join(bin, filepath.Base(path))
	return c
}

// dlVersion is the wrapper of golang.org/dl that is measured.
const dlVersion = "go1.26.1"

// sdk makes the wrapper of golang.org/dl believe that it has downloaded a
// toolchain: a directory whose entries are those of the real one.
func (b *bench) sdk(goCommand string) ([]string, error) {
	home, err := os.MkdirTemp(b.scratch, "home")
	if err != nil {
		return nil, err
	}
	root := filepath.Join(home, "sdk", dlVersion)
	if err := os.MkdirAll(root, 0o777); err != nil {
		return nil, err
	}
	real := filepath.Dir(filepath.Dir(goCommand))
	entries, err := os.ReadDir(real)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if err := os.Symlink(filepath.Join(real, e.Name()), filepath.Join(root, e.Name())); err != nil {
			return nil, err
		}
	}
	return []string{"HOME=" + home}, os.WriteFile(filepath.Join(root, ".unpacked-success"), nil, 0o666)
}

// costEnvs are the environments of the contenders when they are to call that go
// command.
func (b *bench) costEnvs(all []contender, goCommand string) (envs [][]string, err error) {
	for _, c := range all {
		env := append(os.Environ(), "PATH="+strings.Join([]string{filepath.Dir(b.gosafe), filepath.Dir(goCommand), os.Getenv("PATH")}, string(os.PathListSeparator)),
			"GOCACHE="+filepath.Join(b.scratch, "cache"), "GOENV=off", "GOFLAGS=", "GOTOOLCHAIN=local", "GOWORK=off")
		if c.env != nil {
			own, err := c.env(goCommand)
			if err != nil {
				return nil, fmt.Errorf("preparing %s: %w", c.Name, err)
			}
			env = append(env, own...)
		}
		envs = append(envs, env)
	}
	return envs, nil
}

// time runs a command by all contenders in turn, and returns a cell of each:
// the first one's median time, and the others' median of the ratios to it.
func (b *bench) time(ctx context.Context, all []contender, envs [][]string, project string, runs int, args []string) (cells []string, err error) {
	took := make([][]float64, len(all))
	for i := range runs + 2 { // the first two fill the caches
		for j, c := range all {
			if c.Missing != nil {
				continue
			}
			cmd := exec.CommandContext(ctx, c.program, args...)
			cmd.Dir, cmd.Env = project, envs[j]
			began := time.Now()
			if out, err := cmd.CombinedOutput(); err != nil {
				return nil, fmt.Errorf("%s %s: %w\n%s", c.Name, strings.Join(args, " "), err, out)
			}
			if i >= 2 {
				took[j] = append(took[j], time.Since(began).Seconds())
			}
		}
	}
	for j, c := range all {
		switch {
		case c.Missing != nil:
			cells = append(cells, "–")
		case j == 0:
			cells = append(cells, fmt.Sprintf("%.1f ms", 1000*middle(took[0])))
		default:
			var ratios []float64
			for i := range took[j] {
				ratios = append(ratios, took[j][i]/took[0][i])
			}
			cells = append(cells, fmt.Sprintf("×%.2f", middle(ratios)))
		}
	}
	return cells, nil
}

// middle is the median of v.
func middle(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}
