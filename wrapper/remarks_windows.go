package wrapper

import "os"

// Remarks is standard error for what a plain go would not have written there: our
// own lines, and the words of a second attempt. It never fails.
type Remarks struct{}

func (Remarks) Write(p []byte) (int, error) {
	os.Stderr.Write(p)
	return len(p), nil
}
