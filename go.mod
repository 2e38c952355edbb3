module gosafe

go 1.24.0

require (
	github.com/cenkalti/backoff/v4 v4.3.0
	github.com/mattn/go-shellwords v1.0.16
	github.com/rogpeppe/go-internal v1.14.1
	golang.org/x/mod v0.33.0
	golang.org/x/sys v0.41.0
)

require golang.org/x/tools v0.41.0 // indirect
