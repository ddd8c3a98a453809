package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"iab/internal/guest"
	"iab/internal/plan"
)

func newGuest(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "guest",
		Short: "Talk to Incus from inside an instance",
		Long: `Uses the guest API, the socket /dev/incus/sock that Incus puts into every instance unless security.guestapi is
false. It answers root only. All but "ready", "started" and "watch" only read.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		a.guestCommand("info", "Show the instance, its state and where it lives", a.guestInfo),
		a.guestCommand("config", "List the config keys that the instance may read", a.guestKeys),
		newGuestGet(a),
		a.guestCommand("devices", "List the devices of the instance", a.guestDevices),
		a.guestCommand("metadata", "Print the meta-data for cloud-init", a.guestMetadata),
		newGuestEvents(a),
		a.guestCommand("ready", "Report that the instance is ready", a.guestState(guest.Ready)),
		a.guestCommand("started", "Report that the instance has started and is not ready", a.guestState(guest.Started)),
		newGuestImage(a),
		newGuestWatch(a),
	)
	return cmd
}

// guestCommand is a command without arguments and flags of its own.
func (a *app) guestCommand(name, short string, do func(context.Context) error) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return guestFailure(do(cmd.Context())) },
	}
}

// guestFailure gives an error of the guest API its exit code: what does not exist is 1, what makes no sense 2, no answer 3.
func guestFailure(err error) error {
	var own *guest.Error
	if !errors.As(err, &own) {
		return err
	}
	code := exitServer
	switch own.Kind {
	case guest.Missing:
		code = exitJobs
	case guest.Malformed, guest.Local:
		code = exitUsage
	case guest.Interrupted:
		code = exitInterrupted
	}
	return &failure{code, own.Text, own.Hint}
}

// print writes a result: as JSON if asked for, else as the text.
func (a *app) print(value any, text string) error {
	if a.globals.json {
		return writeJSON(a.stdio.Out, value)
	}
	_, err := io.WriteString(a.stdio.Out, text)
	return err
}

func (a *app) guestInfo(ctx context.Context) error {
	info, err := a.guest().Info(ctx)
	if err != nil {
		return err
	}
	return a.print(info, fmt.Sprintf("name          %s\ntype          %s\ninstance-id   %s\nstate         %s\nlocation      %s\nguest API     %s\n",
		info.Name, info.InstanceType, info.InstanceID, info.State, info.Location, info.APIVersion))
}

func (a *app) guestKeys(ctx context.Context) error {
	keys, err := a.guest().Keys(ctx)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, key := range keys.Keys {
		b.WriteString(key + "\n")
	}
	return a.print(keys, b.String())
}

func newGuestGet(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "get KEY",
		Short: "Print the value of a config key",
		Long: `Prints the value of a config key of the instance, as it is, with a newline behind it. A key that is not set ends with exit
code 1. Instances see the keys that begin with user. or cloud-init., those of their profiles included.`,
		Args: oneArgument("the name of one key"),
		RunE: func(cmd *cobra.Command, args []string) error {
			value, err := a.guest().Value(cmd.Context(), args[0])
			if err != nil {
				return guestFailure(err)
			}
			return a.print(guest.Entry{Key: args[0], Value: value}, strings.TrimSuffix(value, "\n")+"\n")
		},
	}
}

// oneArgument refuses none and several.
func oneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage(helpHint(cmd), "%s takes %s, not %d", commandName(cmd), what, len(args))
		}
		return nil
	}
}

func (a *app) guestDevices(ctx context.Context) error {
	devices, err := a.guest().Devices(ctx)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(devices.Devices)) {
		fmt.Fprintf(&b, "%s  %s\n", name, pairs(devices.Devices[name]))
	}
	return a.print(devices, b.String())
}

// pairs writes keys and values in the order of the keys.
func pairs(config map[string]string) string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(config)) {
		list = append(list, key+"="+config[key])
	}
	return strings.Join(list, " ")
}

func (a *app) guestMetadata(ctx context.Context) error {
	metadata, err := a.guest().Metadata(ctx)
	if err != nil {
		return err
	}
	return a.print(metadata, strings.TrimSuffix(metadata.Text, "\n")+"\n")
}

// guestState reports a state.
func (a *app) guestState(state guest.State) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := a.guest().SetState(ctx, state); err != nil {
			return err
		}
		return a.print(guest.Reported{State: state}, fmt.Sprintf("the instance is %s\n", strings.ToLower(string(state))))
	}
}

func newGuestEvents(a *app) *cobra.Command {
	var types []string
	cmd := &cobra.Command{
		Use:   "events",
		Short: "Print changes of the config and the devices as they come",
		Long: `Prints a line for every change of a user key and of a device of the instance, until it is interrupted. With --json each line is
a JSON document.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, word := range types {
				if err := oneOf("type", word, guest.EventTypes...); err != nil {
					return err
				}
			}
			return guestFailure(a.guest().Events(cmd.Context(), types, a.printEvent))
		},
	}
	cmd.Flags().StringSliceVar(&types, "type", nil, "only events of this `TYPE`, repeatable: "+strings.Join(guest.EventTypes, ", "))
	return cmd
}

func (a *app) printEvent(e guest.Event) error {
	if a.globals.json {
		return writeLine(a.stdio.Out, e)
	}
	text := fmt.Sprintf("%s %s", e.Device, e.Action)
	if e.Type == "config" {
		text = fmt.Sprintf("%s %q, was %q", e.Key, e.Value, e.OldValue)
	} else if len(e.Config) > 0 {
		text += ": " + pairs(e.Config)
	}
	_, err := fmt.Fprintf(a.stdio.Out, "%s  %s  %s\n", e.At.In(a.local).Format(time.RFC3339), e.Type, text)
	return err
}

func newGuestImage(a *app) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "image FINGERPRINT",
		Short: "Download a public image of the host",
		Long: `Downloads a public image that the host has, and checks it against its fingerprint. The instance needs
security.guestapi.images=true. Files that exist are not overwritten.`,
		Args: oneArgument("the whole fingerprint of one image"),
		RunE: func(cmd *cobra.Command, args []string) error {
			image, err := a.guest().Image(cmd.Context(), args[0], dir)
			if err != nil {
				return guestFailure(err)
			}
			var b strings.Builder
			for _, file := range image.Files {
				fmt.Fprintf(&b, "%s  %s\n", file.Path, plan.Size(file.Bytes))
			}
			return a.print(image, b.String())
		},
	}
	cmd.Flags().StringVar(&dir, "dir", ".", "put the files into this `DIR`")
	_ = cmd.MarkFlagDirname("dir")
	return cmd
}
