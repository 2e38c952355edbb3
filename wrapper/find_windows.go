package wrapper

const (
	goName       = "go.exe" // a go.bat cannot be started without cmd.exe's quoting
	exeSuffix    = ".exe"
	defaultGo    = `C:\Program Files\Go\bin\go.exe`
	checkExecBit = false
)
