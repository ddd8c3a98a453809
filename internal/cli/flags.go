package cli

import (
	"errors"
	"fmt"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagHint names the flag that an unknown one was probably meant to be.
func flagHint(cmd *cobra.Command, err error) string {
	hint := fmt.Sprintf("see `%s --help`", cmd.CommandPath())
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return hint
	}
	name, best := unknown.GetSpecifiedName(), 3
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if d := levenshtein.ComputeDistance(name, f.Name); d < best && !f.Hidden {
			best, hint = d, "did you mean --"+f.Name+"?"
		}
	})
	return hint
}
