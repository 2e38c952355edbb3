package wrapper

import (
	"os"
	"syscall"
)

// watched: a console event reaches every process of the console by itself. We
// only have to stay alive until the child has ended.
var watched = []os.Signal{os.Interrupt, syscall.SIGTERM}

// ignoredByGo: there are no such signals here.
func ignoredByGo(syscall.Signal) bool { return false }

// typed: always, see watched. Nothing can be sent to the child either.
func typed(syscall.Signal) bool { return true }

// childAttr asks for nothing. A child outlives us if we are ended by
// TerminateProcess, as it does for every other parent on Windows.
func childAttr() *syscall.SysProcAttr { return nil }

// deathSignal: processes do not die of signals here; exit codes say all.
func deathSignal(*os.ProcessState) syscall.Signal { return 0 }

// Die exits as a console program does after Ctrl-C (STATUS_CONTROL_C_EXIT).
func Die(syscall.Signal) { os.Exit(-1073741510) } // 0xC000013A

// takeRest takes nothing: pipes have no deadlines here, so it is never needed.
func (p *pump) takeRest() {}

// leave does nothing: there is no program at hand that would read on.
func (p *pump) leave() bool { return false }
