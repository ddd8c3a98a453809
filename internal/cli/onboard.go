package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"iab/internal/config"
	"iab/internal/plan"
	"iab/internal/remote"
)

// onboardOptions are the flags of onboard.
type onboardOptions struct {
	url       plan.Sides[string]
	token     plan.Sides[string]
	credDir   string
	outConfig string
	projects  []string
	out       io.Writer // for people; with --json there is nothing for them on stdout
}

func newOnboard(a *app) *cobra.Command {
	var o onboardOptions
	cmd := &cobra.Command{
		Use:   "onboard",
		Short: "Pin both servers' certificates, register IAB on them and write config.json",
		Long: `Makes IAB's client certificate, pins each server's certificate if it matches the token's fingerprint, registers IAB
with the trust token, and writes a first config.json. Make a token on each server:

  incus config trust add iab
  incus config trust add iab --restricted --projects default

Tokens can be given by IAB_SOURCE_TOKEN and IAB_TARGET_TOKEN, or as "-" on stdin (source first, a line each),
so that they do not show in the process list. One side alone can be onboarded again, and running it twice is harmless.
An existing config.json is never changed.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.onboard(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.url.Source, "source-url", "", "`ADDRESS` of the source, such as https://source:8443")
	flags.StringVar(&o.url.Target, "target-url", "", "`ADDRESS` of the target, such as https://target:8443")
	flags.StringVar(&o.token.Source, "source-token", "", "trust `TOKEN` of the source, - reads stdin (default $IAB_SOURCE_TOKEN)")
	flags.StringVar(&o.token.Target, "target-token", "", "trust `TOKEN` of the target, - reads stdin (default $IAB_TARGET_TOKEN)")
	flags.StringVar(&o.credDir, "cred-dir", "", "`DIR` of credentials and pinned certificates (default "+config.DefaultCredDir+")")
	flags.StringVar(&o.outConfig, "out-config", ".", "`PATH` where the config is written: a directory or a .json file")
	flags.StringSliceVar(&o.projects, "projects", nil, "check that IAB may use these `PROJECTS`, separated by commas, on each server")
	return cmd
}

// onboard registers IAB on the named sides, then writes or checks the config.
func (a *app) onboard(ctx context.Context, o onboardOptions) error {
	o, existing, err := a.complete(o)
	if err != nil {
		return err
	}
	creds, err := config.ExpandDir(o.credDir)
	if err != nil {
		return usage("name another directory by --cred-dir", "find the credential directory: %s", err)
	}
	o.out = a.stdio.Out
	if a.globals.json {
		o.out = io.Discard
	}
	done := onboarded{Servers: []onboardedServer{}, Config: o.configFile()}
	for _, side := range plan.BothSides {
		if o.url.On(side) == "" {
			continue
		}
		server, err := a.onboardSide(ctx, side, o, creds)
		if err != nil {
			return err
		}
		done.Servers = append(done.Servers, server)
	}
	if done.State, err = a.writeConfig(o, existing); err != nil || !a.globals.json {
		return err
	}
	return writeJSON(a.stdio.Out, done)
}

// complete fills in what the flags leave open: tokens from the environment and stdin, addresses and directory from an
// existing config.
func (a *app) complete(o onboardOptions) (onboardOptions, *config.Config, error) {
	var existing *config.Config
	if cfg, err := config.Load(o.configFile()); err == nil {
		existing = &cfg
	}
	if err := writable(o.configFile()); existing == nil && err != nil {
		return o, nil, err
	}
	stdin := &lines{reader: a.stdio.In}
	for _, side := range plan.BothSides {
		token := o.token.On(side)
		if token == "" {
			token = a.getenv("IAB_" + strings.ToUpper(string(side)) + "_TOKEN")
		}
		if token == "-" {
			line, err := stdin.next()
			if err == nil && strings.TrimSpace(line) == "" {
				err = errors.New("the line is empty")
			}
			if err != nil {
				return o, nil, usage("pipe one token per line, the source's first", "read the %s token from stdin: %s", side, err)
			}
			token = line
		}
		o.token.Set(side, strings.TrimSpace(token))
		if o.url.On(side) == "" && o.token.On(side) != "" {
			return o, nil, usage(fmt.Sprintf("name it by --%s-url https://HOST:8443", side), "onboard the %s: its address is missing", side)
		}
	}
	if o.url.Source == "" && o.url.Target == "" {
		return o, nil, usage("name at least one by --source-url and --source-token, or --target-url and --target-token",
			"onboard: no server is named")
	}
	for _, side := range plan.BothSides {
		if o.url.On(side) == "" {
			continue
		}
		url, err := config.HostURL(o.url.On(side))
		if err != nil {
			return o, nil, usage("write it as https://HOST:8443", "read --%s-url: %s", side, err)
		}
		o.url.Set(side, url)
	}
	if o.credDir == "" {
		o.credDir = config.DefaultCredDir
		if existing != nil {
			o.credDir = existing.CredDir
		}
	}
	return o, existing, nil
}

// onboardSide registers IAB on one server and says what it found.
func (a *app) onboardSide(ctx context.Context, side plan.Side, o onboardOptions, credDir string) (onboardedServer, error) {
	result, err := a.introduce(ctx, remote.Request{Side: side, URL: o.url.On(side), Token: o.token.On(side), CredDir: credDir, Now: a.now()})
	if err != nil {
		return onboardedServer{}, err
	}
	defer a.adviseProjects(side, o.projects, result.Projects)
	for _, warning := range result.Warnings {
		fmt.Fprintf(a.stdio.Err, "iab: %s\n", warning)
	}
	state := "registered"
	if result.Already {
		state = "was registered already"
	}
	fmt.Fprintf(o.out, "%s: IAB %s on %s (Incus %s), certificate %s pinned\n", side, state, result.ServerName, result.ServerVersion, result.Fingerprint)
	if result.Replaced != "" {
		fmt.Fprintf(o.out, "%s: the pinned certificate %s was replaced, as the token names the new one\n", side, result.Replaced)
	}
	switch {
	case result.Restricted && len(result.Projects) == 0:
		fmt.Fprintf(o.out, "%s: IAB may use no project\n", side)
	case result.Restricted:
		fmt.Fprintf(o.out, "%s: IAB may use these projects only: %s\n", side, strings.Join(result.Projects, ", "))
	}
	return serverOf(side, result), nil
}

// adviseProjects tells how to give IAB the projects that it does not see.
func (a *app) adviseProjects(side plan.Side, wanted, seen []string) {
	missing := slices.DeleteFunc(slices.Clone(wanted), func(project string) bool { return slices.Contains(seen, project) })
	if len(missing) == 0 {
		return
	}
	fmt.Fprintf(a.stdio.Err, "iab: use project %s on the %s: it does not exist, or IAB may not use it\n", strings.Join(missing, ", "), side)
	fmt.Fprintf(a.stdio.Err, "  hint: create what is missing there (incus project create NAME), and make the token with --projects %s or change the list: incus config trust edit\n",
		strings.Join(slices.Concat(seen, missing), ","))
}
