package faultproxy

import (
	"fmt"
	"os"
	"path/filepath"
)

// NoTelemetry turns the go command's telemetry off for whoever has this home
// directory, on Unix, macOS and Windows. A new home has it on, and then go leaves
// a process behind that writes there, perhaps while the directory is removed
// (golang.org/x/telemetry, start.go). No variable of the environment can turn it
// off.
func NoTelemetry(home string) error {
	for _, config := range []string{".config", filepath.Join("Library", "Application Support"), filepath.Join("AppData", "Roaming")} {
		dir := filepath.Join(home, config, "go", "telemetry")
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return fmt.Errorf("making a scratch home: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, "mode"), []byte("off"), 0o666); err != nil {
			return fmt.Errorf("making a scratch home: %w", err)
		}
	}
	return nil
}
