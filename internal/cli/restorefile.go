package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"iab/internal/config"
	"iab/internal/files"
	"iab/internal/plan"
	"iab/internal/run"
	"iab/internal/verify"
)

// stampLayout is the time in the names that files get which a restore keeps beside.
const stampLayout = "20060102-150405"

// checkFiles refuses flags that don't go together with single files, or without them.
func (o restoreOptions) checkFiles() error {
	switch {
	case len(o.files) == 0 && o.toDir != "":
		return usage("name files by --file", "read --to-dir: it is for single files, and none is named")
	case len(o.files) == 0:
		return nil
	case o.as != "" || o.to != string(plan.Source) || o.start || o.nics || o.volumes:
		return usage("leave out --as, --to, --start, --with-nics and --with-volumes", "read --file: those flags are about whole objects")
	case o.inPlace == (o.toDir != ""):
		return usage("give --to-dir DIR, or --in-place to write them back into the object on the source", "read --file: it is not clear where the files are to go")
	}
	for _, name := range o.files {
		if files.Clean(name) == "" {
			return usage("name files or directories in it; without --file the whole object is restored", "read --file: %q is everything", name)
		}
	}
	return nil
}

// fileRestore is one restore of single files, planned.
type fileRestore struct {
	object plan.Object
	clone  plan.Clone
	editor plan.Ref // see plan.PurposeEdit
	files  []string
	toDir  string // empty: in place
	stamp  string

	warnings []string // what it does without
}

// restoreFiles brings single files of a restore point into a directory, or back into the object on the source, through a temporary clone.
func (a *app) restoreFiles(ctx context.Context, ref string, o restoreOptions) error {
	with, err := a.open(ctx, o.lockWait)
	if err != nil {
		return err
	}
	defer with.close()
	cfg, pair := with.cfg, with.pair
	lost, err := with.some()
	if err != nil {
		return err
	}
	if err := o.without(ref, lost); err != nil {
		return err
	}
	inv, err := pair.Inventory(ctx, cfg.Scope())
	if err != nil {
		return err
	}
	r, err := a.planFiles(cfg, inv, ref, o, lost)
	if err != nil {
		return err
	}
	if o.dryRun {
		if a.globals.json {
			return writeJSON(a.stdio.Out, r.report(files.Brought{}, nil))
		}
		_, err := io.WriteString(a.stdio.Out, r.text())
		return err
	}
	if r.toDir == "" {
		if !o.yes && !a.globals.json {
			if _, err := io.WriteString(a.stdio.Out, r.text()); err != nil {
				return err
			}
		}
		if err := a.goOn(o.yes); err != nil {
			return err
		}
	}
	a.clearLeftovers(ctx, with.log, pair, plan.Leftovers(inv, cfg.Identity()))
	brought, err := r.carryOut(ctx, pair)
	if ctx.Err() != nil {
		with.log.Warn(sentence(err))
		return fmt.Errorf("restore files of %s: %w", r.object.Ref, context.Canceled)
	}
	return a.showFiles(r.report(brought, err))
}

// planFiles decides what is brought from where to where.
func (a *app) planFiles(cfg config.Config, inv plan.Inventory, ref string, o restoreOptions, lost lostSides) (fileRestore, error) {
	opts := a.planOptions(cfg)
	object, point, err := choose(plan.SurveyOf(cfg.Select(inv, cfg.Independent(nil)).Known(), inv, opts), ref, o.at, opts, lost)
	if err != nil {
		return fileRestore{}, err
	}
	if o.inPlace && !object.Exists.Source {
		return fileRestore{}, usage("restore it as a whole, or write the files to a directory: --to-dir DIR", "restore files of %s in place: it does not exist on the source", object.Ref)
	}
	if held := inv.On(point.Side).Holdings[point.Holder].Type; held != "container" && held != "filesystem" {
		return fileRestore{}, usage("restore it as a whole; leave out --file", "restore files of %s: it is of type %s, whose files only a guest can read", object.Ref, held)
	}
	r := fileRestore{object: object, toDir: o.toDir, stamp: opts.Now.In(opts.Location).Format(stampLayout),
		clone: object.CloneOf(point, plan.PurposeFiles, opts.Now, inv.On(point.Side)), editor: object.EditorRef(opts.Now, inv.Source), warnings: lost.warnings()}
	for _, name := range o.files {
		r.files = append(r.files, files.Clean(name))
	}
	return r, nil
}

// carryOut makes the clone, brings the files, and removes the clone whatever happens.
func (r fileRestore) carryOut(ctx context.Context, pair servers) (files.Brought, error) {
	var brought files.Brought
	bring := func(place files.Place) (err error) {
		brought, err = files.Bring(func(visit files.Visit) error {
			return pair.Walk(ctx, r.clone.Of.Side, r.clone.Ref, r.files, visit)
		}, r.files, place, r.stamp)
		return err
	}
	err := pair.Clone(ctx, r.clone)
	switch {
	case err != nil:
	case r.toDir != "":
		err = intoDirectory(r.toDir, bring)
	default:
		err = pair.Edit(ctx, r.object.Ref, r.editor, bring)
	}
	return brought, verify.Remove(ctx, pair, r.clone, err)
}

func intoDirectory(dir string, bring func(files.Place) error) error {
	place, err := files.OpenLocal(dir)
	if err != nil {
		return fmt.Errorf("open directory %s: %w", dir, cause(err))
	}
	defer func() { _ = place.Close() }()
	return bring(place)
}

// destination names where the files go.
func (r fileRestore) destination() string {
	if r.toDir != "" {
		return r.toDir
	}
	return r.object.Ref.String()
}

// report says how it ended.
func (r fileRestore) report(brought files.Brought, err error) run.RestoredFiles {
	point := r.clone.Of
	report := run.RestoredFiles{OK: err == nil, Ref: r.object.Ref, Side: point.Side, Holder: point.Holder.Name, Snapshot: point.Snapshot, At: point.At,
		To: r.destination(), Files: rooted(brought.Files), Kept: rooted(brought.Kept), Bytes: brought.Bytes, Warnings: slices.Concat(r.warnings, brought.Warnings)}
	if err != nil {
		report.Error, report.Hint = err.Error(), run.Advice(err)
	}
	return report
}

// rooted writes paths as people do.
func rooted(names []string) []string {
	list := []string{}
	for _, name := range names {
		list = append(list, "/"+name)
	}
	return list
}

// text says what would be done.
func (r fileRestore) text() string {
	var b strings.Builder
	point := r.clone.Of
	fmt.Fprintf(&b, "Restore of files of %s to %s\n", r.object.Ref, r.destination())
	fmt.Fprintf(&b, "  point     %s of %s, in %s on the %s\n", point.Snapshot, point.At.Format("2006-01-02 15:04:05 MST"), point.Holder.Name, point.Side)
	for _, warning := range r.warnings {
		fmt.Fprintf(&b, "  warning   %s\n", warning)
	}
	for _, name := range r.files {
		fmt.Fprintf(&b, "  file      /%s; what is there is kept as /%s.iab-%s\n", name, name, r.stamp)
	}
	return b.String()
}

// showFiles prints the report, and ends with exit code 1 if something went wrong.
func (a *app) showFiles(report run.RestoredFiles) error {
	var err error
	switch {
	case a.globals.json:
		err = writeJSON(a.stdio.Out, report)
	case !a.globals.quiet || !report.OK:
		_, err = io.WriteString(a.stdio.Out, filesText(report))
	}
	if err == nil && !report.OK {
		return errJobs
	}
	return err
}

func filesText(report run.RestoredFiles) string {
	var b strings.Builder
	for _, name := range report.Files {
		fmt.Fprintf(&b, "restored: %s of %s to %s\n", name, report.Snapshot, report.To)
	}
	for _, name := range report.Kept {
		fmt.Fprintf(&b, "  kept: %s is what was there before\n", name)
	}
	for _, warning := range report.Warnings {
		fmt.Fprintf(&b, "  warning: %s\n", warning)
	}
	if report.Error != "" {
		fmt.Fprintf(&b, "failed: %s: %s\n", report.Ref, report.Error)
	}
	if report.Hint != "" {
		fmt.Fprintf(&b, "  hint: %s\n", report.Hint)
	}
	return b.String()
}
