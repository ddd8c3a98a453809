package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/uuid"
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
	for _, side := range plan.BothSides {
		if o.url.On(side) == "" {
			continue
		}
		if err := a.onboardSide(ctx, side, o, creds); err != nil {
			return err
		}
	}
	return a.writeConfig(o, existing)
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

// writable refuses a place for the config where none could be made, before a token is used up.
func writable(path string) error {
	const hint = "name another place by --out-config"
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return usage(hint, "write %s: it is a directory", path)
	}
	dir := filepath.Dir(path)
	info, err = os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return usage("make the directory first, or name another by --out-config", "write %s: the directory %s does not exist", path, dir)
	case err != nil:
		return usage(hint, "write %s: %s", path, cause(err))
	case !info.IsDir():
		return usage(hint, "write %s: %s is not a directory", path, dir)
	}
	return nil
}

// configFile is where the config is or will be.
func (o onboardOptions) configFile() string {
	if strings.HasSuffix(o.outConfig, ".json") {
		return o.outConfig
	}
	return filepath.Join(o.outConfig, defaultConfig)
}

// onboardSide registers IAB on one server and says what it found.
func (a *app) onboardSide(ctx context.Context, side plan.Side, o onboardOptions, credDir string) error {
	result, err := a.introduce(ctx, remote.Request{Side: side, URL: o.url.On(side), Token: o.token.On(side), CredDir: credDir, Now: a.now()})
	if err != nil {
		return err
	}
	defer a.adviseProjects(side, o.projects, result.Projects)
	for _, warning := range result.Warnings {
		fmt.Fprintf(a.stdio.Err, "iab: %s\n", warning)
	}
	state := "registered"
	if result.Already {
		state = "was registered already"
	}
	fmt.Fprintf(a.stdio.Out, "%s: IAB %s on %s (Incus %s), certificate %s pinned\n", side, state, result.ServerName, result.ServerVersion, result.Fingerprint)
	if result.Replaced != "" {
		fmt.Fprintf(a.stdio.Out, "%s: the pinned certificate %s was replaced, as the token names the new one\n", side, result.Replaced)
	}
	switch {
	case result.Restricted && len(result.Projects) == 0:
		fmt.Fprintf(a.stdio.Out, "%s: IAB may use no project\n", side)
	case result.Restricted:
		fmt.Fprintf(a.stdio.Out, "%s: IAB may use these projects only: %s\n", side, strings.Join(result.Projects, ", "))
	}
	return nil
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

// writeConfig writes a first config, or shows what would stand in it where one exists.
func (a *app) writeConfig(o onboardOptions, existing *config.Config) error {
	path := o.configFile()
	if existing != nil {
		return a.checkConfig(o, path, *existing)
	}
	if o.url.Source == "" || o.url.Target == "" {
		fmt.Fprintf(a.stdio.Out, "%s is not written: onboard the other server too\n", path)
		return nil
	}
	data := config.Initial(o.credDir, uuid.NewString(), "source", o.url.Source, "target", o.url.Target)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, os.ErrExist):
		fmt.Fprintf(a.stdio.Out, "%s exists and can't be read as a config; it is left as it is. A new one would be:\n%s", path, data)
		return nil
	case err != nil:
		return usage("name another place by --out-config", "write %s: %s", path, cause(err))
	}
	if _, err := file.Write(data); err != nil {
		_ = file.Close()
		return usage("", "write %s: %s", path, cause(err))
	}
	if err := file.Close(); err != nil {
		return usage("", "write %s: %s", path, cause(err))
	}
	fmt.Fprintf(a.stdio.Out, "%s written; name your projects, instances and volumes in it, then look at `iab plan`\n", path)
	return nil
}

// checkConfig compares the hosts of an existing config with those onboarded now.
func (a *app) checkConfig(o onboardOptions, path string, existing config.Config) error {
	differences := existing.SameHosts(o.url.Source, o.url.Target)
	if len(differences) == 0 {
		fmt.Fprintf(a.stdio.Out, "%s exists and names these servers; it is left as it is\n", path)
		return nil
	}
	fmt.Fprintf(a.stdio.Out, "%s exists and is left as it is, but it names other servers:\n", path)
	for _, difference := range differences {
		fmt.Fprintf(a.stdio.Out, "  %s\n", difference)
	}
	return nil
}

// lines reads stdin line by line.
type lines struct{ reader io.Reader }

// next returns the next line without its end. It reads byte by byte, so that nothing behind the line is consumed.
func (l *lines) next() (string, error) {
	var line []byte
	one := make([]byte, 1)
	for len(line) < 1<<16 {
		n, err := l.reader.Read(one)
		if n == 1 && one[0] == '\n' || err == io.EOF && len(line) > 0 {
			return string(line), nil
		}
		if err == io.EOF {
			return "", errors.New("it ends before the token comes")
		}
		if err != nil {
			return "", err
		}
		line = append(line, one[:n]...)
	}
	return "", errors.New("the line is too long")
}
