package cli

import (
	"encoding/json"
	"os"

	"github.com/spf13/cobra"

	"iab/internal/config"
	"iab/internal/incusos"
	"iab/internal/remote"
)

const ordered = `It says first what will happen, asks for the name of the machine (--yes HOSTNAME in scripts), and archives what there
is now. The order is given once and never repeated. At the end stands what is known: verified; accepted, not
verified; or locked out, with how to onboard again. Exit code 0 only if it is verified.`

// osRestoreOptions are the flags of os restore.
type osRestoreOptions struct {
	orderOptions
	app      string
	system   bool
	skip     []string
	identity string
	force    bool
}

func newOSRestore(a *app) *cobra.Command {
	var o osRestoreOptions
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Bring the system or an application back from an archive",
		Long: `Restores the system or an application of IncusOS from an archive. The archive's note says what it is of; --system or
--app, --host and --member say it where there is none. Before anything is sent the archive is read to its end and
compared: with its hash, the machine, the versions, the limits of IncusOS, and whether IAB will be let in afterwards.

` + ordered,
		Example: `  iab os restore archives/prod/node1/incus/IAB_20260310-030000.tar.gz.age --identity key.txt
  iab os restore system.tar.gz --host source --system --skip network-macs --yes node1`,
		Args: oneArgument("the file of one archive"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.order(cmd.Context(), o.orderOptions, func(cfg config.Config) error { return a.restoreHost(cmd, cfg, o, args[0]) })
		},
	}
	flags := cmd.Flags()
	o.register(flags, " (default: the host that the archive is of)")
	flags.StringVar(&o.app, "app", "", "the archive is of the application `NAME`")
	flags.BoolVar(&o.system, "system", false, "the archive is of the system")
	flags.StringSliceVar(&o.skip, "skip", nil, "leave `THING` of the system as it is, repeatable: encryption-recovery-keys, local-data-encryption-key, network-macs")
	flags.StringVar(&o.identity, "identity", "", "decrypt with the private key of age in `FILE`")
	flags.BoolVar(&o.force, "force", false, "go on in spite of what is doubtful")
	_ = cmd.MarkFlagFilename("identity")
	return cmd
}

// restoreHost restores one archive.
func (a *app) restoreHost(cmd *cobra.Command, cfg config.Config, o osRestoreOptions, path string) error {
	archive, err := incusos.Single(path)
	if err != nil {
		return err
	}
	part, err := o.part(archive)
	if err != nil {
		return err
	}
	if archive.Note != nil {
		if o.host == "" {
			o.host = sideNamed(cfg, archive.Note.Host)
		}
		if o.member == "" && o.url == "" {
			o.member = archive.Note.Member
		}
	}
	order := incusos.Order{Verb: incusos.Restore, Part: part, Skip: o.skip}
	if err := order.Check(); err != nil {
		return err
	}
	identities, err := identitiesOf(o.identity)
	if err != nil {
		return err
	}
	if archive.Note != nil && archive.Note.Part != part {
		return usage("leave out --system and --app, or name another archive", "restore %s: it is of %s, not of %s", path, archive.Note.Part, part)
	}
	archive.Part = part
	file, bytes, contents, err := archive.Spool(identities)
	if err != nil {
		return err
	}
	defer file.Close()
	order.Archive, order.Size = file, bytes
	m, err := a.mission(cmd.Context(), cfg, o.orderOptions, order)
	if err != nil {
		return err
	}
	m.force = o.force
	pin := m.host.Pin()
	if m.options.url != "" {
		if pin, err = remote.PinOf(cfg.CredDir, cfg.Host(m.side).URL); err != nil {
			pin = "" // it was never pinned, so nobody is locked out
		}
	}
	m.findings = incusos.Preflight(order, archive, contents, incusos.Target{
		Name: m.host.server.Name, Machine: m.before.Machine, App: m.before.App, Pin: pin, Trusts: m.host.creds.Known(),
	})
	return a.do(cmd.Context(), m)
}

// part is what the flags say that an archive is of, or its note.
func (o osRestoreOptions) part(archive incusos.Archive) (incusos.Part, error) {
	switch {
	case o.system && o.app != "":
		return "", usage("name one of them", "restore %s: --system and --app are both given", archive.Path)
	case o.system:
		return incusos.System, nil
	case o.app != "":
		return incusos.Part(o.app), nil
	case archive.Note == nil:
		return "", usage("say it by --system or --app NAME", "restore %s: it has no note that says what it is of", archive.Path)
	}
	return archive.Note.Part, nil
}

// applicationCommand is a command that tells one application to do something.
func applicationCommand(a *app, cmd *cobra.Command, o *orderOptions, order func() incusos.Order) *cobra.Command {
	cmd.Args = oneArgument("the name of one application")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.order(cmd.Context(), *o, func(cfg config.Config) error {
			given := order()
			given.Part = incusos.Part(args[0])
			m, err := a.mission(cmd.Context(), cfg, *o, given)
			if err != nil {
				return err
			}
			return a.do(cmd.Context(), m)
		})
	}
	o.register(cmd.Flags(), "")
	return cmd
}

func newOSRestart(a *app) *cobra.Command {
	var o orderOptions
	return applicationCommand(a, &cobra.Command{
		Use:   "restart APPLICATION",
		Short: "Restart an application",
		Long:  "Restarts an application of IncusOS.\n\n" + ordered,
	}, &o, func() incusos.Order { return incusos.Order{Verb: incusos.Restart} })
}

func newOSSwitch(a *app) *cobra.Command {
	var o orderOptions
	var version string
	cmd := applicationCommand(a, &cobra.Command{
		Use:   "switch-version APPLICATION",
		Short: "Switch an application to another version that is on the machine",
		Long:  "Switches an application of IncusOS to another version that is on the machine, the one before unless --version names one.\n\n" + ordered,
	}, &o, func() incusos.Order { return incusos.Order{Verb: incusos.SwitchVersion, Version: version} })
	cmd.Flags().StringVar(&version, "version", "", "switch to this `VERSION` (default: the one before)")
	return cmd
}

func newOSReset(a *app) *cobra.Command {
	var o orderOptions
	var order incusos.Order
	var seeds string
	cmd := &cobra.Command{
		Use:   "factory-reset system|APPLICATION",
		Short: "Erase an application, or the whole system drive",
		Long: `Resets an application of IncusOS, or with "system" everything on the system drive, applications and their
configuration too. Pools of other drives stay, but open again only with their encryption keys.

` + ordered,
		Args: oneArgument("system or the name of one application"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.order(cmd.Context(), o, func(cfg config.Config) error {
				order.Verb, order.Part = incusos.FactoryReset, incusos.Part(args[0])
				if seeds != "" {
					data, err := os.ReadFile(seeds)
					if err != nil {
						return usage("name a file of JSON", "read the seeds %s: %s", seeds, absent(err))
					}
					if err := json.Unmarshal(data, &order.Seeds); err != nil {
						return usage(`write {"incus": {"apply_defaults": true}}`, "read the seeds %s: they are no JSON object", seeds)
					}
				}
				m, err := a.mission(cmd.Context(), cfg, o, order)
				if err != nil {
					return err
				}
				return a.do(cmd.Context(), m)
			})
		},
	}
	flags := cmd.Flags()
	o.register(flags, "")
	flags.BoolVar(&order.AllowTPMFailure, "allow-tpm-failure", false, "of the system: go on if the TPM can't be reset")
	flags.BoolVar(&order.WipeSeeds, "wipe-seeds", false, "of the system: wipe the seeds that are there")
	flags.StringVar(&seeds, "seeds", "", "of the system: write the seeds in `FILE`, a JSON object by what each is for")
	_ = cmd.MarkFlagFilename("seeds", "json")
	return cmd
}
