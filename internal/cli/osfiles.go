package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"iab/internal/config"
	"iab/internal/incusos"
	"iab/internal/plan"
)

func newOSList(a *app) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the archives of the hosts",
		Long:  `Lists the archives in the directories of the config, and why one does not count. The files alone are read, no server.`,
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			archives, err := a.stored(cmd.Context(), dir)
			if err != nil {
				return err
			}
			listing := incusos.Listing{Archives: []incusos.Listed{}}
			for _, archive := range archives {
				listing.Archives = append(listing.Archives, archive.Listed())
			}
			return a.print(listing, listingText(listing))
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "list the archives in `DIR` (default those of the config)")
	return cmd
}

func newOSVerify(a *app) *cobra.Command {
	var dir, identity string
	cmd := &cobra.Command{
		Use:   "verify [FILE…]",
		Short: "Read archives to their end and compare them with their hashes",
		Long: `Reads archives (all of the config's, or the files that are named), compares them with the hashes in their notes,
decrypts them if --identity names the private key, and reads what they hold to its end. Without it an encrypted
archive is compared with its hash only. Exit code 1 if one is damaged.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, files []string) error {
			identities, err := identitiesOf(identity)
			if err != nil {
				return err
			}
			archives, err := a.archives(cmd.Context(), dir, files)
			if err != nil {
				return err
			}
			return a.verify(archives, identities)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "verify the archives in `DIR` (default those of the config)")
	cmd.Flags().StringVar(&identity, "identity", "", "decrypt with the private key of age in `FILE`")
	_ = cmd.MarkFlagFilename("identity")
	return cmd
}

func (a *app) verify(archives []incusos.Archive, identities []age.Identity) error {
	verification := incusos.Verification{OK: len(archives) > 0, Archives: []incusos.Check{}}
	for _, archive := range archives {
		check, _ := incusos.Verify(archive, identities)
		verification.OK = verification.OK && check.OK
		verification.Archives = append(verification.Archives, check)
	}
	if err := a.print(verification, verificationText(verification, a.globals.quiet)); err != nil {
		return err
	}
	if !verification.OK {
		return errJobs
	}
	return nil
}

// identitiesOf reads the private keys of a file, none if none is named.
func identitiesOf(path string) ([]age.Identity, error) {
	if path == "" {
		return nil, nil
	}
	return incusos.ReadIdentities(path)
}

// archives are the files that are named, or all that are stored.
func (a *app) archives(ctx context.Context, dir string, files []string) ([]incusos.Archive, error) {
	if len(files) == 0 {
		return a.stored(ctx, dir)
	}
	var list []incusos.Archive
	for _, file := range files {
		archive, err := incusos.Single(file)
		if err != nil {
			return nil, err
		}
		list = append(list, archive)
	}
	return list, nil
}

// stored lists the archives of a directory, or of all directories of the config.
func (a *app) stored(ctx context.Context, dir string) ([]incusos.Archive, error) {
	dirs := []string{dir}
	if dir == "" {
		cfg, err := a.load(ctx)
		if err != nil {
			return nil, err
		}
		dirs = archiveDirs(cfg)
	}
	if len(dirs) == 0 {
		return nil, usage("set hosts[].os or hosts[].state, or name a place by --dir", "list the archives: the config names no place for them")
	}
	var list []incusos.Archive
	for _, dir := range dirs {
		found, err := incusos.Store{Dir: dir}.List()
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

// archiveDirs are the directories of the config that hold archives, each once.
func archiveDirs(cfg config.Config) []string {
	var dirs []string
	for _, side := range plan.BothSides {
		for _, settings := range archivesOf(cfg.Host(side)) {
			dirs = append(dirs, settings.Dir)
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

func listingText(listing incusos.Listing) string {
	var b strings.Builder
	for _, l := range listing.Archives {
		fmt.Fprintf(&b, "%s  %s, %s", l.At.UTC().Format(time.DateTime), l.Path, plan.Size(l.Bytes))
		if l.Version != "" {
			fmt.Fprintf(&b, ", version %s", l.Version)
		}
		if !l.Encrypted {
			b.WriteString(", not encrypted")
		}
		if l.Problem != "" {
			fmt.Fprintf(&b, ", does not count: %s", l.Problem)
		}
		b.WriteString("\n")
	}
	if len(listing.Archives) == 0 {
		b.WriteString("there are no archives\n")
	}
	return b.String()
}

func verificationText(v incusos.Verification, quiet bool) string {
	var b strings.Builder
	for _, c := range v.Archives {
		if quiet && c.OK {
			continue
		}
		switch {
		case !c.OK:
			fmt.Fprintf(&b, "failed: %s\n", c.Error)
			explainOS(&b, "", "", c.Hint)
		case c.Decrypted && c.Hashed:
			fmt.Fprintf(&b, "ok: %s\n", c.Path)
		case c.Decrypted:
			fmt.Fprintf(&b, "ok: %s, but it has no note to compare it with\n", c.Path)
		default:
			fmt.Fprintf(&b, "ok: %s, not decrypted\n", c.Path)
		}
	}
	if len(v.Archives) == 0 {
		b.WriteString("there are no archives\n")
	}
	return b.String()
}
