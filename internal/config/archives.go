package config

import (
	"errors"
	"slices"
	"strings"

	"filippo.io/age"
)

// archived reports whether anything of the host itself is archived.
func (h Host) archived() bool { return h.OS != nil || h.State != nil }

// os reads what is archived of a host that runs IncusOS.
func (r *reading) os(path string, f *fileOS) *Archives {
	if f == nil {
		return nil
	}
	a := r.archives(path, &fileArchives{f.Dir, f.Recipients, f.Retention})
	a.Complete = f.Complete
	for i, name := range f.Applications {
		place := element(member(path, "applications"), i)
		name = r.name(place, name, "`iab os status` names the applications", applicationName)
		if slices.Contains(a.Applications, name) {
			r.problems.add(place, "remove one of the two", "%s is listed already", quote(name))
		}
		a.Applications = append(a.Applications, name)
	}
	return a
}

// archives reads where archives go, and which are kept.
func (r *reading) archives(path string, f *fileArchives) *Archives {
	if f == nil {
		return nil
	}
	a := &Archives{Recipients: f.Recipients, Retention: r.policy(member(path, "retention"), f.Retention)}
	if f.Dir == "" {
		r.problems.add(member(path, "dir"), "name a directory for the archives", "missing")
	} else if dir, err := ExpandDir(f.Dir); err != nil {
		r.problems.add(member(path, "dir"), "write the whole path", "%s", err)
	} else {
		a.Dir = dir
	}
	for i, text := range f.Recipients {
		if found, err := age.ParseRecipients(strings.NewReader(text)); err != nil || len(found) != 1 {
			r.problems.add(element(member(path, "recipients"), i), "`age-keygen -o key.txt` prints one: age1…", "%s is no public key of age", quote(recipient(text)))
		}
	}
	return a
}

// recipient is what may be shown of a text that should be a public key: a private one may stand there.
func recipient(text string) string {
	if strings.Contains(strings.ToUpper(text), "SECRET") {
		return "…"
	}
	return text
}

// applicationName is the rule for applications of IncusOS, whose names become directories.
func applicationName(name string) error {
	strange := func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_'
	}
	switch {
	case strings.ContainsFunc(name, strange), strings.HasPrefix(name, "."), len(name) > 100:
		return errors.New("is no name of an application")
	case name == "system" || name == "state":
		return errors.New("is no application: the system is always archived, and the definitions by hosts[].state")
	}
	return nil
}
