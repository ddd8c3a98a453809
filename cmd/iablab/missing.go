package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"iab/internal/lab"
)

func newMissingCommand() *cobra.Command {
	var packages bool
	cmd := &cobra.Command{
		Use:   "missing",
		Short: "Print in one line what must be installed for a lab; exit 1 when something is missing",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			what := lab.Missing()
			line := strings.Join(what, ", ")
			if packages {
				line = strings.Join(lab.MissingPackages(), " ")
			}
			if line != "" {
				fmt.Fprintln(cmd.OutOrStdout(), line)
			}
			if len(what) > 0 {
				return errors.New("run a lab: this machine lacks something")
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&packages, "packages", false, "print only the Debian packages, as apt-get install takes them")
	return cmd
}
