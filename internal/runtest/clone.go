package runtest

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"iab/internal/files"
	"iab/internal/plan"
)

// DataFile is the one file that holds the content of an object of the world. It belongs to 1000:1001 and has mode 0640.
const DataFile = "srv/data"

// NoData is the content of a snapshot of which only the record is left; NoBoot begins the content of an object that does not start.
const (
	NoData = "no data"
	NoBoot = "no init"
)

// Spoil replaces the content of a snapshot, as a failing disk does.
func (w *World) Spoil(side plan.Side, ref plan.Ref, snapshot, content string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sides[side].frozen[ref][snapshot] = content
}

// Clone implements verify.Servers.
func (w *World) Clone(ctx context.Context, clone plan.Clone) error {
	side, holder := clone.Of.Side, clone.Of.Holder
	return w.call(ctx, Call{"clone", side, clone.Ref, clone.Of.Snapshot}, func(s *server) error {
		whole, ok := s.Holdings[holder]
		content := s.content[holder]
		if clone.Of.Within {
			content, ok = s.frozen[holder][clone.Of.Snapshot]
		}
		switch _, taken := s.Holdings[clone.Ref]; {
		case taken:
			return fmt.Errorf("clone %s of %s: %s exists already", clone.Of.Snapshot, holder, clone.Ref)
		case !ok:
			return fmt.Errorf("clone %s of %s: it does not exist", clone.Of.Snapshot, holder)
		case content == NoData:
			return fmt.Errorf("clone %s of %s: it has no data", clone.Of.Snapshot, holder)
		}
		config := plan.CloneMarks(clone.Purpose, w.identity)
		if probe, ok := whole.Config[plan.ProbeKey]; ok {
			config[plan.ProbeKey] = probe
		}
		s.Holdings[clone.Ref] = plan.Holding{Type: whole.Type, Pool: whole.Pool, Member: whole.Member, Status: idle(clone.Ref), Config: config}
		s.content[clone.Ref], s.frozen[clone.Ref] = content, map[string]string{}
		return nil
	})
}

// DeleteClone implements run.Servers and verify.Servers.
func (w *World) DeleteClone(ctx context.Context, side plan.Side, ref plan.Ref) error {
	return w.call(ctx, Call{"delete clone", side, ref, ""}, func(s *server) error {
		held, ok := s.Holdings[ref]
		if !ok {
			return nil
		}
		if !held.IsClone(w.identity) {
			return fmt.Errorf("delete clone %s: it is none", ref)
		}
		s.remove(ref)
		return nil
	})
}

// Walk implements verify.Servers.
func (w *World) Walk(ctx context.Context, side plan.Side, ref plan.Ref, within []string, visit files.Visit) error {
	w.mu.Lock()
	content, ok := w.sides[side].content[ref]
	w.mu.Unlock()
	if !ok {
		return fmt.Errorf("read the files of %s: it does not exist", ref)
	}
	list := []files.File{
		{Type: files.Directory, Mode: 0o755},
		{Path: "srv", Type: files.Directory, Mode: 0o755},
		{Path: DataFile, Type: files.Regular, Size: int64(len(content)), Mode: 0o640, UID: 1000, GID: 1001},
	}
	for _, f := range list {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !files.Within(f.Path, within) && !files.Above(f.Path, within) {
			continue
		}
		err := visit(f, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil })
		if err != nil {
			return err
		}
	}
	return nil
}

// Try implements verify.Servers.
func (w *World) Try(ctx context.Context, ref plan.Ref, wait plan.Wait) (plan.Trial, error) {
	var trial plan.Trial
	err := w.call(ctx, Call{"try", plan.Target, ref, ""}, func(s *server) error {
		held := s.Holdings[ref]
		held.Running, held.Status = true, "Running"
		probe := held.Config[plan.ProbeKey]
		switch {
		case strings.HasPrefix(s.content[ref], NoBoot):
			trial.Console = `Failed to exec "/sbin/init"`
			return fmt.Errorf("start the clone %s on trial: it does not start", ref.Name)
		case wait.Ready:
			trial.Proof = plan.Ready
		case probe == "":
			trial.Proof = plan.Runs
		}
		if probe != "" && probe != "true" {
			trial.Proof = plan.Runs
			return fmt.Errorf("start the clone %s on trial: its probe %q did not succeed in time", ref.Name, probe)
		}
		if probe != "" {
			trial.Proof = plan.Probed
		}
		s.Holdings[ref] = held
		return nil
	})
	return trial, err
}

// NoteDrill implements verify.Servers.
func (w *World) NoteDrill(ctx context.Context, replica plan.Ref, drill plan.Drill) error {
	return w.call(ctx, Call{"note drill", plan.Target, replica, drill.Snapshot}, func(s *server) error {
		held, ok := s.Holdings[replica]
		if !ok {
			return fmt.Errorf("note the drill on %s: it does not exist", replica)
		}
		held.Config = maps.Clone(held.Config)
		held.Config[plan.MarkDrill] = drill.Mark()
		s.Holdings[replica] = held
		return nil
	})
}

// Edit opens the live files of an object on the source: DataFile is its content, others are kept beside.
func (w *World) Edit(ctx context.Context, ref, _ plan.Ref, use func(files.Place) error) error {
	w.mu.Lock()
	content, ok := w.sides[plan.Source].content[ref]
	w.mu.Unlock()
	if !ok {
		return fmt.Errorf("open the files of %s: it does not exist", ref)
	}
	live := &buffer{}
	live.WriteString(content)
	place := memory{
		"srv":    {files.File{Type: files.Directory, Mode: 0o755}, nil},
		DataFile: {files.File{Type: files.Regular, Mode: 0o640, UID: 1000, GID: 1001}, live},
	}
	if err := use(place); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(place)) {
		if err := w.call(ctx, Call{"file /" + name, plan.Source, ref, ""}, func(s *server) error {
			if name == DataFile {
				s.content[ref] = place[name].content.String()
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// memory is a place in memory.
type memory map[string]kept

type kept struct {
	files.File
	content *buffer
}

type buffer struct{ strings.Builder }

func (*buffer) Close() error { return nil }

func (m memory) Names(dir string) ([]string, error) {
	var names []string
	for name := range m {
		if path.Dir("/"+name) == path.Clean("/"+dir) && name != "" {
			names = append(names, path.Base(name))
		}
	}
	return names, nil
}

func (m memory) Lstat(name string) (files.File, error) {
	f, ok := m[name]
	if !ok {
		return files.File{}, fs.ErrNotExist
	}
	f.Path = name
	return f.File, nil
}

func (m memory) add(name string, f kept) error {
	if _, ok := m[name]; ok {
		return fs.ErrExist
	}
	m[name] = f
	return nil
}

func (m memory) Mkdir(name string) error {
	return m.add(name, kept{File: files.File{Type: files.Directory}})
}

func (m memory) Create(name string) (io.WriteCloser, error) {
	b := &buffer{}
	return b, m.add(name, kept{files.File{Type: files.Regular}, b})
}

func (m memory) Symlink(target, name string) error {
	return m.add(name, kept{File: files.File{Type: files.Link, Target: target}})
}

func (m memory) Dress(name string, f files.File) error {
	held, ok := m[name]
	if !ok {
		return fs.ErrNotExist
	}
	held.Mode, held.UID, held.GID, held.Modified = f.Mode, f.UID, f.GID, f.Modified
	m[name] = held
	return nil
}

func (m memory) Rename(from, to string) error {
	if _, ok := m[from]; !ok {
		return fs.ErrNotExist
	}
	for name, f := range maps.Clone(m) {
		if name == from || strings.HasPrefix(name, from+"/") {
			delete(m, name)
			m[to+strings.TrimPrefix(name, from)] = f
		}
	}
	return nil
}

func (m memory) RemoveAll(name string) error {
	maps.DeleteFunc(m, func(held string, _ kept) bool { return held == name || strings.HasPrefix(held, name+"/") })
	return nil
}
