package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"iab/internal/incusos"
)

func newOSStatus(a *app) *cobra.Command {
	var c hostChoice
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show versions, applications, and what of them can be archived",
		Long: `Reads both servers and shows the version of IncusOS, the machines, their applications with versions, what can be
archived, and why something can't. Nothing is changed.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			sides, err := c.sides()
			if err != nil {
				return err
			}
			cfg, err := a.load(cmd.Context())
			if err != nil {
				return err
			}
			status := incusos.Status{Hosts: []incusos.HostStatus{}}
			var failed error
			for _, side := range sides {
				host, err := a.openHost(cmd.Context(), cfg, side)
				if err != nil {
					return err
				}
				one, err := host.server.Survey(cmd.Context(), string(side), c.member)
				host.Close()
				if err != nil {
					failed = errJobs
				}
				status.Hosts = append(status.Hosts, one)
			}
			if err := a.print(status, osStatusText(status)); err != nil {
				return err
			}
			return failed
		},
	}
	c.register(cmd.Flags(), " (default: both)")
	return cmd
}

func osStatusText(status incusos.Status) string {
	var b strings.Builder
	for _, h := range status.Hosts {
		fmt.Fprintf(&b, "%s (%s)\n", h.Host, h.Side)
		explainOS(&b, "  ", h.Error, h.Hint)
		for _, m := range h.Machines {
			machineText(&b, m)
		}
	}
	return b.String()
}

func machineText(b *strings.Builder, m incusos.MachineStatus) {
	fmt.Fprintf(b, "  %s", m.Member)
	if m.Version != "" {
		fmt.Fprintf(b, ": %s, IncusOS %s", m.Hostname, m.Version)
		if m.NextVersion != "" && m.NextVersion != m.Version {
			fmt.Fprintf(b, " (%s after a reboot)", m.NextVersion)
		}
		fmt.Fprintf(b, ", machine %s, up %s", m.MachineID, time.Duration(m.UptimeSeconds)*time.Second)
		if !m.Ready {
			b.WriteString(", not ready")
		}
	}
	b.WriteString("\n")
	explainOS(b, "    ", m.Error, m.Hint)
	if m.Version == "" {
		return
	}
	b.WriteString("    system: can be archived\n")
	for _, app := range m.Applications {
		fmt.Fprintf(b, "    %s %s: ", app.Name, app.Version)
		if app.Archivable {
			b.WriteString("can be archived")
		} else {
			b.WriteString("can't be archived: " + app.Why)
		}
		if len(app.Available) > 1 {
			fmt.Fprintf(b, "; versions: %s", strings.Join(app.Available, ", "))
		}
		b.WriteString("\n")
	}
}

// explainOS says why something is not as it should be.
func explainOS(b *strings.Builder, indent, text, hint string) {
	if text != "" {
		fmt.Fprintf(b, "%s%s\n", indent, text)
	}
	if hint != "" {
		fmt.Fprintf(b, "%s  hint: %s\n", indent, hint)
	}
}
