package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"iab/internal/config"
	"iab/internal/incusos"
	"iab/internal/plan"
	"iab/internal/remote"
)

// newOS is the group of commands about the servers themselves.
func newOS(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "os",
		Short: "Archive and restore the servers themselves: IncusOS and definitions",
		Long: `Archives the system and the applications of servers that run IncusOS, and the definitions of any server
(projects, profiles, networks, pools), into files, and restores them. It needs all rights on the server: IAB's
certificate must not be restricted to projects.

Archives are made by every "iab run" of a config that names hosts[].os or hosts[].state.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newOSStatus(a), newOSBackup(a), newOSList(a), newOSVerify(a), newOSRestore(a), newOSRestart(a), newOSSwitch(a), newOSReset(a))
	return cmd
}

// hostChoice are the flags that say which machine is meant.
type hostChoice struct {
	host   string
	member string
}

func (c *hostChoice) register(flags *pflag.FlagSet, otherwise string) {
	flags.StringVar(&c.host, "host", "", "the `ROLE` of the server in the config: source or target"+otherwise)
	flags.StringVar(&c.member, "member", "", "only this `MEMBER` of its cluster")
}

// sides are the servers that the flags mean.
func (c hostChoice) sides() ([]plan.Side, error) {
	if c.host == "" {
		return plan.BothSides[:], nil
	}
	if err := oneOf("host", c.host, string(plan.Source), string(plan.Target)); err != nil {
		return nil, err
	}
	return []plan.Side{plan.Side(c.host)}, nil
}

// openedHost is a server with its connection.
type openedHost struct {
	*remote.Host
	server *incusos.Server
	creds  remote.Credentials
}

// openHost connects to one server of the config.
func (a *app) openHost(ctx context.Context, cfg config.Config, side plan.Side) (*openedHost, error) {
	creds, err := remote.LoadCredentials(cfg.CredDir)
	if err != nil {
		return nil, err
	}
	host, err := remote.Open(ctx, side, cfg.Host(side).URL, creds, a.now)
	if err != nil {
		return nil, err
	}
	return newOpenedHost(cfg, side, host, creds), nil
}

func newOpenedHost(cfg config.Config, side plan.Side, host *remote.Host, creds remote.Credentials) *openedHost {
	return &openedHost{host, &incusos.Server{Name: cfg.Host(side).Name, URL: host.URL(), HTTP: host, Changed: remote.ShowsAnother}, creds}
}

// definitions reads what the server knows besides instances and volumes.
func (h *openedHost) definitions(ctx context.Context) ([]byte, error) {
	if h.Restricted() {
		return nil, incusos.NoRightsError("archive the definitions of "+h.server.Name, h.server.Name)
	}
	return h.State(ctx)
}

// archivesOf are the settings of the parts that the config archives of a host.
func archivesOf(host config.Host) []*config.Archives {
	return slices.DeleteFunc([]*config.Archives{host.OS, host.State}, func(a *config.Archives) bool { return a == nil })
}
