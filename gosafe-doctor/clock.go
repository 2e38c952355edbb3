package main

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"gosafe/gosafe-doctor/userfile"
)

func checkClock(ctx context.Context, p *patient) []finding {
	now := p.Now()
	if root := p.found().real.root; root != "" {
		data, _ := userfile.Read(filepath.Join(root, "VERSION"))
		_, stamp, _ := strings.Cut(string(data), "time ")
		if built, err := time.Parse(time.RFC3339, strings.TrimSpace(stamp)); err == nil && now.Before(built) {
			return []finding{fault(broken, "clock-off", "this machine's clock is wrong: it is earlier than the release of its Go").saw("clock: %s", now.UTC().Format(time.RFC3339)).
				saw("%s: built %s", root, built.UTC().Format(time.RFC3339)).do("set the clock: timedatectl set-ntp true")}
		}
	}
	return p.judgeClock(ctx)
}
