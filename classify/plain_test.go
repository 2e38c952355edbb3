package classify

import "testing"

func TestRedact(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{`Get "https://user:secret@host/x": EOF`, `Get "https://host/x": EOF`},
		{`reading https://proxy.golang.org/example.com/m/@v/v1.0.0.zip: 502`, `reading https://proxy.golang.org/example.com/m/@v/v1.0.0.zip: 502`},
		{`http://127.0.0.1:8080/m/@v/list: 502`, `http://127.0.0.1:8080/m/@v/list: 502`},
		{`http://[::1]:8080/m/@v/list`, `http://[::1]:8080/m/@v/list`},
		{`'https://user:pa/s3cret@host/x'`, `'https://host/x'`},
		{`'https://user:p@ss#w0rd?S3C@git.corp/x.git/'`, `'https://git.corp/x.git/'`},
		{`ssh://git@host/x and https://token@host/y`, `ssh://host/x and https://host/y`},
		{`read "https://s3.example/m.zip?X-Amz-Signature=SECRET&x=1": EOF`, `read "https://s3.example/m.zip?…": EOF`},
		{`https://example.com/m?go-get=1: 502 Bad Gateway`, `https://example.com/m?go-get=1: 502 Bad Gateway`},
		{`no URL: user@host`, `no URL: user@host`},
	} {
		if got := redact(tt.in); got != tt.want {
			t.Errorf("redact(%s)\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}
