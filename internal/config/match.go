package config

import (
	"fmt"
	"strings"

	"iab/internal/plan"
)

// Match is a condition on the config of an object that is in force: its own, or its profiles'. The zero value always holds.
type Match struct{ Key, Value string }

// String writes the condition as it stands in the file.
func (m Match) String() string { return m.Key + "=" + m.Value }

// match reads KEY=VALUE.
func (r *reading) match(path, text string) Match {
	if text == "" {
		return Match{}
	}
	key, value, ok := strings.Cut(text, "=")
	if !ok || strings.TrimSpace(key) == "" || key != strings.TrimSpace(key) {
		r.problems.add(path, "write it as user.iab=daily", "%s is no KEY=VALUE", quote(text))
	}
	return Match{key, value}
}

// wild reports whether the entry does not name its object in full, so that what exists decides what it takes.
func (o Object) wild() bool {
	return o.Match != Match{} || plan.Glob(o.Ref.Project).Wild() || plan.Glob(o.Ref.Pool).Wild() || plan.Glob(o.Ref.Name).Wild()
}

// names reports whether the entry's names fit an object.
func (o Object) names(ref plan.Ref) bool {
	return o.Ref.Kind == ref.Kind && plan.Glob(o.Ref.Project).Match(ref.Project) && plan.Glob(o.Ref.Pool).Match(ref.Pool) &&
		plan.Glob(o.Ref.Name).Match(ref.Name)
}

// holds reports whether the entry's condition holds for an object of a server.
func (o Object) holds(server plan.Server, ref plan.Ref) bool {
	return o.Match == Match{} || server.Value(ref, o.Match.Key) == o.Match.Value
}

// rule is what an entry is called in plans: its place, and its name with what else is a glob.
func rule(path string, o Object) string {
	name := o.Ref.Name
	if plan.Glob(o.Ref.Pool).Wild() {
		name = o.Ref.Pool + "/" + name
	}
	if plan.Glob(o.Ref.Project).Wild() {
		name = o.Ref.Project + "/" + name
	}
	text := path + " " + quote(name)
	if o.Match != (Match{}) {
		text += fmt.Sprintf(" match %s", quote(o.Match.String()))
	}
	return text
}

// Exclude is what an entry of projects[].exclude takes out. An empty kind or pool is any.
type Exclude struct {
	Kind plan.Kind
	Pool plan.Glob
	Name plan.Glob
	Rule string // its place in the file, and its text
}

// Match reports whether it takes an object of the project out.
func (e Exclude) Match(ref plan.Ref) bool {
	return (e.Kind == "" || e.Kind == ref.Kind) && (e.Pool == "" || e.Pool.Match(ref.Pool)) && e.Name.Match(ref.Name)
}

// exclude reads what a project never takes.
func (r *reading) exclude(path string, list []string) []Exclude {
	var excludes []Exclude
	for i, text := range list {
		place := element(path, i)
		e := Exclude{Rule: place + " " + quote(text)}
		switch parts := strings.Split(text, "/"); {
		case len(parts) == 1:
			e.Name = plan.Glob(parts[0])
		case len(parts) == 2 && parts[0] == string(plan.Instance):
			e.Kind, e.Name = plan.Instance, plan.Glob(parts[1])
		case len(parts) == 3 && parts[0] == string(plan.Volume) && parts[1] != "":
			e.Kind, e.Pool, e.Name = plan.Volume, plan.Glob(parts[1]), plan.Glob(parts[2])
		}
		if e.Name == "" {
			r.problems.add(place, "write NAME, instance/NAME or volume/POOL/NAME", "%s is no name of an object in the project", quote(text))
		}
		excludes = append(excludes, e)
	}
	return excludes
}
