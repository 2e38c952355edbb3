// Package args reads the command lines of gosafe's own commands.
package args

import "flag"

// Parse parses flags that may stand behind the other arguments, too, and returns
// those in their order. The error is that of FlagSet.Parse.
func Parse(flags *flag.FlagSet, args []string) (words []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if flags.NArg() == 0 {
			return words, nil
		}
		words, args = append(words, flags.Arg(0)), flags.Args()[1:]
	}
}
