package retry

import (
	"context"
	"fmt"
	"strconv"

	"gosafe/internal/socket"
)

// dial connects to host and port and hangs up.
func dial(ctx context.Context, host, port string) error {
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return fmt.Errorf("port %q: %w", port, err)
	}
	addrs, err := resolve(ctx, host)
	if err != nil {
		return err
	}
	for _, a := range addrs {
		if err = socket.Connect(ctx, peer(a, uint16(n))); err == nil {
			return nil
		}
	}
	return err
}
