package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"iab/internal/plan"
)

// reading checks a decoded file and parses its values. Every problem is collected; what it returns counts only if
// there is none.
type reading struct {
	problems *problems
	warnings []string
}

// MaxParallel is how many objects can be worked on side by side.
const MaxParallel = 64

// MaxRetries is how often something may be tried again.
const MaxRetries = 10

// MinStallTimeout is the shortest time that a copy may be told to stand still: servers tell of their progress once a second.
const MinStallTimeout = time.Second

// What counts where the file does not say it.
const (
	defaultRetries      = 2
	defaultStallTimeout = 30 * time.Minute
)

const (
	maxUUID = 64 // characters

	hintHost     = "write it as https://HOST:8443"
	hintServers  = `name exactly one source and one target: {"name": "…", "role": "source", "url": "https://HOST:8443"}`
	hintInstance = "an instance name has 1 to 63 letters, digits and hyphens"
)

func (r *reading) config(f file) Config {
	cfg := r.iab(f.IAB)
	hosts := r.hosts(f.Hosts)
	cfg.Source, cfg.Target = hosts.Source, hosts.Target
	cfg.Projects = r.projects(f.Projects)
	cfg.Retention = r.retention(f.Retention.Hosts)
	return cfg
}

func (r *reading) iab(f fileIAB) Config {
	cfg := Config{
		UUID:                 f.UUID,
		UTC:                  f.UTC,
		IndependentRetention: f.IndependentRetention,
		Consistency:          plan.Crash,
	}
	cfg.Consistency = r.consistency(f)
	cfg.MaxPause = r.span("iab.maxPause", f.MaxPause, "write it as 30s or 2m; leave it out for 30s")
	dir, err := ExpandDir(f.CredDir)
	if err != nil {
		r.problems.add("iab.iabCredDir", "write the whole path", "%s", err)
	}
	cfg.CredDir = dir
	if f.UUID != "" {
		r.uuid(f.UUID)
	}
	cfg.Parallel = r.parallel("iab.parallel", "leave it out for 4", f.Parallel)
	cfg.Retries = r.retries(f.Retries)
	cfg.StallTimeout = r.stallTimeout(f.StallTimeout)
	cfg.HealthchecksURL = r.web("iab.healthchecksUrl", f.HealthchecksURL, "https://HOST/ping/UUID")
	cfg.GotifyURL = r.web("iab.gotifyUrl", f.GotifyURL, "https://HOST/message?token=TOKEN")
	cfg.Services = r.services("iab.notify", f.Notify)
	return cfg
}

func (r *reading) retries(given *int) int {
	switch {
	case given == nil:
		return defaultRetries
	case *given < 0 || *given > MaxRetries:
		r.problems.add("iab.retries", fmt.Sprintf("leave it out for %d", defaultRetries), "must be from 0 to %d, not %d", MaxRetries, *given)
	}
	return *given
}

func (r *reading) stallTimeout(text string) time.Duration {
	const path, hint = "iab.stallTimeout", "write it as 30m or 1h30m; leave it out for 30m"
	if strings.TrimSpace(text) == "" {
		return defaultStallTimeout
	}
	length, err := time.ParseDuration(strings.TrimSpace(text))
	switch {
	case err != nil:
		r.problems.add(path, hint, "%s is no length of time", quote(text))
	case length < MinStallTimeout:
		r.problems.add(path, hint, "must be at least %s, not %s", MinStallTimeout, length)
	}
	return length
}

// uuid checks the identity only as far as it is safe to write on replicas: old configs may hold anything.
func (r *reading) uuid(text string) {
	const hint = "a UUID is best; leave it empty for one made of both addresses"
	switch {
	case utf8.RuneCountInString(text) > maxUUID:
		r.problems.add("iab.uuid", hint, "it is longer than %d characters", maxUUID)
	case strings.ContainsFunc(text, unprintable):
		r.problems.add("iab.uuid", hint, "it has a character that can't be printed")
	case strings.TrimSpace(text) == "":
		r.problems.add("iab.uuid", hint, "it is blank")
	}
}

func (r *reading) web(path, text, form string) string {
	address, err := webURL(text)
	if err != nil {
		r.problems.add(path, "write it as "+form+`, or "" for none`, "%s", err)
	}
	return address
}

// hosts returns the one source and the one target.
func (r *reading) hosts(list []fileHost) plan.Sides[Host] {
	var hosts plan.Sides[Host]
	first := plan.Sides[int]{Source: -1, Target: -1}
	for i, f := range list {
		path := element("hosts", i)
		host := r.host(path, f)
		side, ok := r.role(member(path, "role"), f.Role)
		switch {
		case !ok:
		case first.On(side) >= 0:
			r.problems.add(member(path, "role"), hintServers, "%s is the %s already", element("hosts", first.On(side)), side)
		default:
			first.Set(side, i)
			hosts.Set(side, host)
		}
	}
	var missing []string
	for _, side := range plan.BothSides {
		if first.On(side) < 0 {
			missing = append(missing, string(side))
		}
	}
	if len(missing) > 0 && !r.problems.within("hosts") {
		r.problems.add("hosts", hintServers, "no host has the role %s", strings.Join(missing, " or "))
	}
	if hosts.Source.URL != "" && hosts.Source.URL == hosts.Target.URL {
		r.problems.add(member(element("hosts", max(first.Source, first.Target)), "url"), "replicate to another server",
			"source and target are the same server, %s", hosts.Source.URL)
	}
	if hosts.Source.Name != "" && hosts.Source.Name == hosts.Target.Name && hosts.Source.archived() && hosts.Target.archived() {
		r.problems.add(member(element("hosts", max(first.Source, first.Target)), "name"), "name them differently",
			"both hosts are called %s, and archives lie under the name of their host", quote(hosts.Source.Name))
	}
	return hosts
}

func (r *reading) host(path string, f fileHost) Host {
	host := Host{Name: f.Name, OS: r.os(member(path, "os"), f.OS), State: r.archives(member(path, "state"), f.State),
		Parallel: r.parallel(member(path, "parallel"), noLimit, f.Parallel), Pools: r.poolLimits(member(path, "pools"), f.Pools)}
	host.ClusterMember = r.optional(member(path, "clusterMember"), f.ClusterMember, clusterMember)
	if f.Name == "" {
		host.Name = f.Role
	} else if err := plainName(f.Name); err != nil {
		r.problems.add(member(path, "name"), "", "%s %s", quote(f.Name), err)
	}
	if f.URL == "" {
		r.problems.add(member(path, "url"), hintHost, "missing")
		return host
	}
	address, err := HostURL(f.URL)
	if err != nil {
		r.problems.add(member(path, "url"), hintHost, "%s", err)
	}
	host.URL = address
	return host
}

func (r *reading) role(path, text string) (plan.Side, bool) {
	if slices.Contains(plan.BothSides[:], plan.Side(text)) {
		return plan.Side(text), true
	}
	r.choice(path, "role", text, []string{string(plan.Source), string(plan.Target)})
	return "", false
}

// choice reports a word that is none of the possible ones.
func (r *reading) choice(path, what, word string, possible []string) {
	hint := nearHint(word, possible, "use one of ")
	if word == "" {
		r.problems.add(path, hint, "missing")
		return
	}
	r.problems.add(path, hint, "%s is no %s", quote(word), what)
}

// name checks a name that must be there, and returns it.
func (r *reading) name(path, name, hint string, rule func(string) error) string {
	if name == "" {
		r.problems.add(path, hint, "missing")
	} else if err := rule(name); err != nil {
		r.problems.add(path, hint, "%s %s", quote(name), err)
	}
	return name
}

// optional checks a name that may be absent, and returns it.
func (r *reading) optional(path, name string, rule func(string) error) string {
	if name == "" {
		return ""
	}
	return r.name(path, name, "", rule)
}

// twice reports a second entry for what is listed at first.
func (r *reading) twice(path, what, first string) {
	r.problems.add(path, "remove one of the two", "%s is listed already at %s", what, first)
}
