package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"iab/internal/config"
	"iab/internal/incusos"
	"iab/internal/plan"
	"iab/internal/remote"
)

// orderOptions are the flags of every command that tells a host to do something that can't be taken back.
type orderOptions struct {
	hostChoice
	yes         string
	wait        time.Duration
	without     bool
	dir         string
	recipients  []string
	url         string
	fingerprint string
	lockWait    time.Duration
}

func (o *orderOptions) register(flags *pflag.FlagSet, otherwise string) {
	o.hostChoice.register(flags, otherwise)
	flags.StringVar(&o.yes, "yes", "", "don't ask: do it if `HOSTNAME` is the name of the machine")
	flags.DurationVar(&o.wait, "wait", 15*time.Minute, "`TIME` to wait until it can be seen that it was done")
	flags.DurationVar(&o.lockWait, "lock-wait", 0, "`TIME` to wait while another run holds the lock, such as 10m (default: don't wait)")
	flags.StringVar(&o.url, "url", "", "talk to the rescue listener of IncusOS at this `URL` instead of Incus")
	flags.StringVar(&o.fingerprint, "fingerprint", "", "SHA-256 `HEX` of the certificate that --url shows")
	flags.BoolVar(&o.without, "without-archive", false, "don't make an archive of what there is now first")
	flags.StringVar(&o.dir, "dir", "", "put that archive into `DIR` (default hosts[].os.dir)")
	flags.StringSliceVar(&o.recipients, "recipient", nil, "encrypt it to this public `KEY` of age, repeatable (default those of the config)")
}

// mission is an order on its way to one machine.
type mission struct {
	options  orderOptions
	cfg      config.Config
	side     plan.Side
	host     *openedHost
	member   incusos.Member
	before   incusos.Before
	order    incusos.Order
	findings []incusos.Finding
	force    bool // go on in spite of what is doubtful
	archived string
}

// mission connects to the machine that an order is for, and looks at it.
func (a *app) mission(ctx context.Context, cfg config.Config, o orderOptions, order incusos.Order) (*mission, error) {
	if o.host == "" {
		return nil, usage("say which: --host source or --host target", "%s: no host is named", order)
	}
	sides, err := o.sides()
	if err != nil {
		return nil, err
	}
	if err := order.Check(); err != nil {
		return nil, err
	}
	m := &mission{options: o, cfg: cfg, side: sides[0], order: order}
	if m.host, err = a.openFor(ctx, cfg, m.side, o); err != nil {
		return nil, err
	}
	members, err := m.host.server.Members(ctx, o.member)
	if err == nil && len(members) > 1 {
		err = usage("name one by --member", "%s: %s is a cluster of %d members", order, m.host.server.Name, len(members))
	}
	if err == nil {
		m.member = members[0]
		m.before, err = m.host.server.Before(ctx, m.member, order.Part)
	}
	if err != nil {
		m.host.Close()
		return nil, err
	}
	return m, nil
}

// openFor connects to the host, or to its rescue listener.
func (a *app) openFor(ctx context.Context, cfg config.Config, side plan.Side, o orderOptions) (*openedHost, error) {
	if o.url == "" {
		if o.fingerprint != "" {
			return nil, usage("it belongs to --url", "read --fingerprint: --url is not given")
		}
		return a.openHost(ctx, cfg, side)
	}
	hex := strings.ToLower(strings.ReplaceAll(o.fingerprint, ":", ""))
	if len(hex) != 64 || strings.Trim(hex, "0123456789abcdef") != "" {
		return nil, usage("the console of the machine shows it: 64 hexadecimal digits", "read --fingerprint: it is needed with --url, to know that the right machine answers")
	}
	address, err := config.HostURL(o.url)
	if err != nil {
		return nil, usage("write it as https://HOST:PORT", "read --url: %s", err)
	}
	creds, err := remote.LoadCredentials(cfg.CredDir)
	if err != nil {
		return nil, err
	}
	host, err := remote.OpenRescue(side, address, hex, creds)
	if err != nil {
		return nil, err
	}
	opened := newOpenedHost(cfg, side, host, creds)
	opened.server.Rescue = true
	return opened, nil
}

// do shows what will happen, asks, archives what there is now, gives the order and says how it ended.
func (a *app) do(ctx context.Context, m *mission) error {
	defer m.host.Close()
	a.announce(m)
	switch worst := incusos.Worst(m.findings); {
	case worst == incusos.Impossible:
		return usage("see above", "%s: it can't be done", m.order)
	case worst == incusos.Doubtful && !m.force:
		return usage("see above; --force goes on all the same", "%s: something speaks against it", m.order)
	}
	job, err := a.firstJob(m)
	if err != nil {
		return err
	}
	if err := a.consent(ctx, m); err != nil {
		return err
	}
	if err := a.archiveFirst(ctx, m, job); err != nil {
		return err
	}
	ending, err := m.host.server.Carry(ctx, m.member, m.order, m.before,
		incusos.Watch{Every: a.look, For: m.options.wait, Clock: a.now, Onboard: m.host.OnboardHint()})
	if err != nil {
		return err
	}
	done := incusos.Done{Order: m.order.String(), Host: m.host.server.Name, Member: m.member.Name, Findings: append([]incusos.Finding{}, m.findings...),
		Archived: m.archived, Verdict: ending.Verdict, Text: ending.Text, Hint: ending.Hint}
	var b strings.Builder
	explainOS(&b, "", string(ending.Verdict)+": "+ending.Text, ending.Hint)
	if err := a.print(done, b.String()); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case ending.Verdict != incusos.Verified:
		return errJobs
	}
	return nil
}

// announce says on stderr what will happen.
func (a *app) announce(m *mission) {
	fmt.Fprintf(a.stdio.Err, "%s on %s (%s):\n", m.order, m.host.server.Name, m.before.Machine.Hostname)
	for _, line := range m.order.Consequences() {
		fmt.Fprintf(a.stdio.Err, "  %s\n", line)
	}
	for _, f := range m.findings {
		fmt.Fprintf(a.stdio.Err, "  %s: %s\n", f.Grave, f.Text)
		if f.Hint != "" {
			fmt.Fprintf(a.stdio.Err, "    hint: %s\n", f.Hint)
		}
	}
}

// consent asks for the name of the machine, or compares the one that was given. An interruption is no consent.
func (a *app) consent(ctx context.Context, m *mission) error {
	name := m.before.Machine.Hostname
	typed := m.options.yes
	if typed == "" {
		fmt.Fprintf(a.stdio.Err, "type the name of the machine, %s, to go on: ", name)
		line, err := a.typed(ctx)
		fmt.Fprintln(a.stdio.Err)
		if err != nil && ctx.Err() == nil {
			return usage("give it by --yes HOSTNAME where nobody can type", "%s: nobody has agreed", m.order)
		}
		typed = strings.TrimSpace(line)
	}
	if ctx.Err() != nil {
		return &failure{exitInterrupted, m.order.String() + ": interrupted before it was given", ""}
	}
	if typed != name || name == "" {
		return usage("nothing was changed", "%s: %q is not the name of the machine", m.order, typed)
	}
	return nil
}

// typed is the next line of stdin, unless the context ends before somebody has typed it.
func (a *app) typed(ctx context.Context) (string, error) {
	type answer struct {
		line string
		err  error
	}
	read := make(chan answer, 1)
	go func() {
		line, err := (&lines{a.stdio.In}).next()
		read <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err() // the reader ends with the process
	case got := <-read:
		return got.line, got.err
	}
}

// firstJob is what has to be archived before an order changes it. A factory reset of the system takes the applications with it.
func (a *app) firstJob(m *mission) (incusos.Job, error) {
	if m.options.without {
		return incusos.Job{}, nil
	}
	job, err := a.hostJob("hosts[].os", m.cfg.Host(m.side).OS, backupOptions{dir: m.options.dir, recipients: m.options.recipients})
	if err != nil {
		return job, usage("name a place by --dir, or do without: --without-archive", "%s: %s", m.order, err)
	}
	job.Member, job.System = m.options.member, m.order.Part == incusos.System
	job.AllApps = job.System && m.order.Verb == incusos.FactoryReset
	if !job.System {
		job.Apps = []string{string(m.order.Part)}
	}
	job.Complete, job.Prune = m.cfg.Host(m.side).OS != nil && m.cfg.Host(m.side).OS.Complete, false
	return job, nil
}

// archiveFirst archives what the order will change.
func (a *app) archiveFirst(ctx context.Context, m *mission, job incusos.Job) error {
	for _, r := range job.Run(ctx, m.host.server) {
		switch {
		case r.Outcome == incusos.Failure || ctx.Err() != nil:
			return &failure{exitJobs, fmt.Sprintf("%s: not begun, as what there is now can't be archived: %s", m.order, r.Error), "--without-archive goes on without it"}
		case r.Outcome == incusos.OK && r.Part == m.order.Part:
			m.archived = r.File
		}
		fmt.Fprint(a.stdio.Err, backupText(incusos.Backup{Results: []incusos.Result{r}}, false))
		for _, warning := range r.Warnings {
			a.logger().Warn(warning, "archive", r.File)
		}
	}
	return nil
}

// order loads the config and takes the lock for a command that tells a host to do something.
func (a *app) order(ctx context.Context, o orderOptions, work func(config.Config) error) error {
	if o.lockWait < 0 || o.wait < 0 {
		return usage("use durations such as 10m", "read --wait and --lock-wait: one of them is negative")
	}
	cfg, err := a.load(ctx)
	if err != nil {
		return err
	}
	release, err := a.lock(ctx, cfg, o.lockWait)
	if err != nil {
		return err
	}
	defer release()
	return work(cfg)
}

// sideNamed is the role of the host of that name.
func sideNamed(cfg config.Config, name string) string {
	i := slices.IndexFunc(plan.BothSides[:], func(side plan.Side) bool { return cfg.Host(side).Name == name })
	if i < 0 || cfg.Source.Name == cfg.Target.Name {
		return ""
	}
	return string(plan.BothSides[i])
}
