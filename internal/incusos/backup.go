package incusos

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"filippo.io/age"

	"iab/internal/retention"
)

// Job says what is archived of one server, and where to.
type Job struct {
	Store      Store
	Recipients []age.Recipient // none: the archives are not encrypted
	Member     string          // only this one; "" is all
	System     bool
	AllApps    bool     // every application that is installed and has a state
	Apps       []string // these, besides
	Complete   bool     // with what an application has only cached
	// State returns the server's own definitions as YAML; nil: they are not archived.
	State     func(context.Context) ([]byte, error)
	Retention retention.Policy
	Prune     bool
	Clock     func() time.Time
	Progress  func(what string, bytes int64) // may be nil; told at the end of each archive
}

// Outcome is how the archiving of one part ended.
type Outcome string

// The outcomes. Skipped: there is nothing that could be archived, or an interruption came before.
const (
	OK      Outcome = "ok"
	Failure Outcome = "failed"
	Skipped Outcome = "skipped"
)

// Result is what became of one part of one machine.
type Result struct {
	Host     string   `json:"host"`
	Member   string   `json:"member,omitempty"`
	Part     Part     `json:"part,omitempty"` // absent where nothing of the machine can be read
	Outcome  Outcome  `json:"outcome"`
	Error    string   `json:"error,omitempty"` // why it failed or was skipped
	Hint     string   `json:"hint,omitempty"`
	File     string   `json:"file,omitempty"` // path of the archive
	Bytes    int64    `json:"bytes"`          // its size
	Deleted  []string `json:"deleted"`        // paths of archives that the policy let go
	Warnings []string `json:"warnings,omitempty"`
}

// Run archives what the job names, one part after another, and thins out the older archives of each part that was archived. A
// failure of one never stops the others.
func (j Job) Run(ctx context.Context, s *Server) []Result {
	var results []Result
	if j.State != nil {
		results = append(results, j.state(ctx, s))
	}
	if !j.System && !j.AllApps && len(j.Apps) == 0 {
		return results
	}
	members, err := s.Members(ctx, j.Member)
	if err != nil {
		return append(results, j.failed(ctx, s, Member{Name: j.Member}, "", err))
	}
	for _, m := range members {
		results = append(results, j.machine(ctx, s, m)...)
	}
	return results
}

// machine archives the parts of one machine.
func (j Job) machine(ctx context.Context, s *Server, m Member) []Result {
	machine, err := s.Machine(ctx, m)
	if err != nil {
		return []Result{j.failed(ctx, s, m, "", err)}
	}
	note := Note{Format: noteFormat, Host: s.Name, Member: m.Name, IncusOS: machine.OSVersion, Hostname: machine.Hostname, MachineID: machine.MachineID}
	if look, err := s.Look(ctx, m); err == nil {
		note.Incus, note.Certificate = look.Environment.Version, look.Environment.Certificate
	}
	var results []Result
	if j.System {
		note.Part = System
		results = append(results, j.one(ctx, s, m, note))
	}
	names := slices.Clone(j.Apps)
	if j.AllApps {
		installed, err := s.Applications(ctx, m)
		if err != nil {
			return append(results, j.failed(ctx, s, m, "", err))
		}
		for _, app := range installed {
			names = append(names, app.Name)
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		note.Part = Part(name)
		results = append(results, j.one(ctx, s, m, note))
	}
	return results
}

// one archives one part of IncusOS.
func (j Job) one(ctx context.Context, s *Server, m Member, note Note) Result {
	part := note.Part
	if err := ctx.Err(); err != nil {
		return j.failed(ctx, s, m, part, err)
	}
	if part.Application() {
		if ok, why := Archivable(string(part)); !ok {
			return j.failed(ctx, s, m, part, &Error{Kind: NoState, Text: fmt.Sprintf("archive %s of %s: %s", part, s.title(m), why)})
		}
		app, err := s.application(ctx, m, string(part))
		if err != nil {
			return j.failed(ctx, s, m, part, err)
		}
		note.Application, note.Complete = app.Version, j.Complete
	}
	return j.write(ctx, s, m, note, func(d io.Writer) error { return s.fetch(ctx, m, part, j.Complete, d) })
}

// state archives the server's own definitions.
func (j Job) state(ctx context.Context, s *Server) Result {
	note := Note{Format: noteFormat, Host: s.Name, Part: State}
	text, err := j.State(ctx)
	if err == nil {
		err = checkState(text)
	}
	if err != nil {
		return j.failed(ctx, s, Member{}, State, err)
	}
	if look, err := s.Look(ctx, Member{}); err == nil {
		note.Incus, note.Certificate = look.Environment.Version, look.Environment.Certificate
	}
	return j.write(ctx, s, Member{}, note, func(d io.Writer) error {
		_, err := d.Write(text)
		return err
	})
}

// write makes an archive of what fill writes, and thins out the older ones.
func (j Job) write(ctx context.Context, s *Server, m Member, note Note, fill func(io.Writer) error) Result {
	part, what := note.Part, fmt.Sprintf("archive %s of %s", note.Part, s.title(m))
	j.Store.sweep(s.Name, m.Name, part)
	note.CreatedAt = j.Clock().UTC().Truncate(time.Second)
	path := j.Store.free(s.Name, m.Name, part, note.CreatedAt, len(j.Recipients) > 0)
	d, err := newDraft(filepath.Dir(path), j.Recipients)
	if err != nil {
		return j.failed(ctx, s, m, part, writing(what, path, err))
	}
	if err := fill(d); err != nil {
		d.discard()
		return j.failed(ctx, s, m, part, err)
	}
	if err := d.keep(path, note); err != nil {
		d.discard()
		return j.failed(ctx, s, m, part, writing(what, path, err))
	}
	r := j.result(s, m, part)
	r.Outcome, r.File, r.Bytes = OK, path, d.stored.size
	if j.Progress != nil {
		j.Progress(path, r.Bytes)
	}
	if len(j.Recipients) == 0 {
		r.Warnings = append(r.Warnings, "it is not encrypted, and holds keys and secrets in plain text: name recipients")
	}
	if j.Prune {
		j.prune(&r)
	}
	return r
}

// writing is the error of the disk on which archives lie.
func writing(what, path string, err error) error {
	return &Error{Text: fmt.Sprintf("%s: write %s: %s", what, path, reason(err)), Hint: "make room there, and check the owner and the modes of the directory", Err: err}
}

// prune deletes what the policy lets go of a part that has just been archived. What can't be deleted is a failure.
func (j Job) prune(r *Result) {
	list, err := j.Store.of(r.Host, r.Member, r.Part)
	for i, verdict := range Judge(j.Retention, j.Clock(), list) {
		if list[i].Problem != "" {
			r.Warnings = append(r.Warnings, fmt.Sprintf("%s does not count: %s", list[i].Path, list[i].Problem))
		}
		if err != nil || !verdict.Expired {
			continue
		}
		if err = os.Remove(list[i].Path); err == nil {
			r.Deleted = append(r.Deleted, list[i].Path)
			err = os.Remove(list[i].Path + noteSuffix)
		}
	}
	if err != nil {
		r.Outcome, r.Error, r.Hint = Failure, fmt.Sprintf("thin out the archives of %s: %s", r.Part, reason(err)), "check the owner and the modes of the directory"
	}
}

func (j Job) result(s *Server, m Member, part Part) Result {
	return Result{Host: s.Name, Member: m.Name, Part: part, Deleted: []string{}}
}

// failed is the result for what could not be archived.
func (j Job) failed(ctx context.Context, s *Server, m Member, part Part, err error) Result {
	r := j.result(s, m, part)
	r.Outcome, r.Error, r.Hint = Failure, err.Error(), adviceOf(err)
	switch {
	case ctx.Err() != nil:
		r.Outcome, r.Error, r.Hint = Skipped, "interrupted", ""
	case skippable(err):
		r.Outcome = Skipped
	}
	return r
}

// fetch asks for an archive and writes it while it reads it to its end. Without an error the archive is whole and of that
// part. The host makes it twice before it sends the first byte, so nothing here is in a hurry.
func (s *Server) fetch(ctx context.Context, m Member, part Part, complete bool, w io.Writer) error {
	what := fmt.Sprintf("archive %s of %s", part, s.title(m))
	path, body := "/os/1.0/system/:backup", any(struct{}{})
	if part.Application() {
		path, body = "/os/1.0/applications/"+string(part)+"/:backup", map[string]bool{"complete": complete}
	}
	p, err := jsonPayload(body)
	if err != nil {
		return err
	}
	response, err := s.send(ctx, http.MethodPost, s.address(path, m.target, nil), p)
	if err != nil {
		return s.unreachable(ctx, what, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return s.refusal(what, response)
	}
	end, full := &tail{}, &remembering{w: w}
	sent := io.TeeReader(response.Body, io.MultiWriter(end, full))
	contents, broken := Inspect(sent)
	if broken == nil {
		broken = contents.checkFor(part)
	}
	if broken == nil {
		return nil
	}
	_, lost := io.Copy(io.Discard, sent) // the host's message stands at the end
	said := end.message()
	switch {
	case full.err != nil:
		return writing(what, "the archive", full.err)
	case ctx.Err() != nil:
		return s.unreachable(ctx, what, ctx.Err())
	case said != "":
		return &Error{Text: fmt.Sprintf("%s: %s broke it off: %s", what, s.Name, said), Hint: "see the log of the server"}
	case lost != nil:
		return s.unreachable(ctx, what, lost)
	}
	return &Error{Text: fmt.Sprintf("%s: what %s sent is no archive: %s", what, s.Name, broken), Hint: "see the log of the server"}
}

// remembering keeps the error of a writer, which would look like one of the reader that it is teed from.
type remembering struct {
	w   io.Writer
	err error
}

func (r *remembering) Write(p []byte) (int, error) {
	n, err := r.w.Write(p)
	if err != nil {
		r.err = err
	}
	return n, err
}
