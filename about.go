package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"gosafe/classify"
	"gosafe/internal/call"
	"gosafe/internal/settings"
	"gosafe/wrapper"
)

// version is set when a release is built; else the build information tells.
var version string

// about prints what gosafe is, which go it runs, and every setting.
func about(args, environ []string) int {
	s := newShim(append([]string{"gosafe"}, args...), environ)
	fmt.Printf("gosafe %s\n\n", ownVersion())
	exe, _ := os.Executable()
	fmt.Printf("%-22s %s\n", "gosafe", exe)
	err := s.find()
	switch real := s.Real; {
	case err != nil:
		fmt.Printf("%-22s %v\n", "real go", err)
	case real.Root == "":
		fmt.Printf("%-22s %s (from %s; not a toolchain's own: another shim or a script)\n", "real go", real.Path, real.Source)
	default:
		fmt.Printf("%-22s %s (from %s)\n%-22s %s\n", "real go", real.Path, real.Source, "GOROOT", real.Root)
	}
	fmt.Printf("\nSettings, from the environment only:\n\n")
	for _, set := range settings.All {
		value := call.Lookup(environ, set.Name)
		mark := " "
		switch {
		case value == "":
			value = set.Value
		case value != set.Value:
			mark = "*"
		}
		fmt.Printf("%s %-22s %-8s %s\n", mark, set.Name, printable(value), set.Reason)
		if mark == "*" && set.Value != "" {
			fmt.Printf("  %-22s %-8s (default: %s)\n", "", "", set.Value)
		}
	}
	for _, w := range append(s.config.Warnings, unknownSettings(environ)...) {
		fmt.Printf("\nwarning: %s\n", w)
	}
	fmt.Printf("\nCommands of gosafe's own: gosafe about, gosafe doctor, gosafe explain [FILE], gosafe repair [-n] [MODULE|all]. All others are go's.\n")
	if err != nil {
		return 127
	}
	return 0
}

// printable shows an empty value, and keeps control characters and credentials
// that a variable may hold off the terminal and out of bug reports.
func printable(value string) string {
	if value == "" {
		return "-"
	}
	return classify.Printable(value)
}

// unknownSettings names the variables that look like settings and are none:
// most likely typed wrong.
func unknownSettings(environ []string) (warnings []string) {
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, "GOSAFE_") && name != wrapper.HopVar && name != settings.DeadlineVar && settings.Find(name) == nil {
			warnings = append(warnings, printable(name)+" is not a setting of gosafe's")
		}
	}
	return warnings
}

// ownVersion is the version of this build.
func ownVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v == "" || v == "(devel)" {
		v = "development build"
	}
	for _, kv := range info.Settings {
		if kv.Key == "vcs.revision" && len(kv.Value) >= 12 && !strings.Contains(v, kv.Value[:12]) {
			v += " " + kv.Value[:12]
		}
	}
	return v + " (" + info.GoVersion + ")"
}
