package call

// TakeOver finds nothing: there is no gosafe-shim here, since no program can
// become another.
func TakeOver(environ []string) (rest []string, came bool, a *Attempt) { return environ, false, nil }
