package cli

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"iab/internal/ostest"
	"iab/internal/remote"
)

// The words that stand for the addresses of hosts in a session. A host is there as soon as a file or a command names it.
var hostWords = []string{"https://OSSOURCE", "https://OSTARGET"}

// hostsIn puts the addresses of hosts, and their fingerprints, in the place of the words that stand for them.
func (s *stage) hostsIn(text string) string {
	for _, word := range hostWords {
		if !strings.Contains(text, word) && s.hosts[word] == nil {
			continue
		}
		h := s.host(word)
		text = strings.ReplaceAll(text, word, h.URL)
		text = strings.ReplaceAll(text, "FINGERPRINT-OF-"+strings.TrimPrefix(word, "https://"), h.Fingerprint())
	}
	return text
}

// host is a server that runs IncusOS, and IAB is onboarded on it.
func (s *stage) host(word string) *ostest.Host {
	s.t.Helper()
	if h := s.hosts[word]; h != nil {
		return h
	}
	if s.hosts == nil {
		s.hosts = map[string]*ostest.Host{}
		if err := os.RemoveAll("creds"); err != nil {
			s.t.Fatal(err)
		}
		// As onboarding leaves it; made well before the first archive.
		if _, _, err := remote.EnsureCredentials("creds", noon.AddDate(0, -1, 0)); err != nil {
			s.t.Fatal(err)
		}
	}
	h := ostest.New(s.t)
	s.hosts[word] = h
	pin, err := remote.PinPath("creds", h.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	s.write(pin, h.CertPEM)
	return h
}

var sizes = []struct {
	pattern *regexp.Regexp
	shown   string
}{
	{regexp.MustCompile(`\b[0-9.]+ (B|KiB)\b`), "SIZE"},
	{regexp.MustCompile(`bytes=[0-9]+`), "bytes=SIZE"},
	{regexp.MustCompile(`"bytes": [1-9][0-9]*`), `"bytes": SIZE`},
}

// hostsOut takes out of what a session prints what differs from time to time: addresses, certificates and what they do to sizes.
func (s *stage) hostsOut(text string) string {
	if len(s.hosts) == 0 {
		return text
	}
	for word, h := range s.hosts {
		text = strings.ReplaceAll(text, h.URL, word)
		text = strings.ReplaceAll(text, h.Fingerprint(), "FINGERPRINT")
		text = strings.ReplaceAll(text, h.Fingerprint()[:12], "FINGERPRINT")
	}
	if creds, err := remote.LoadCredentials("creds"); err == nil {
		text = strings.ReplaceAll(text, creds.Fingerprint()[:12], "OUR-CERT")
	}
	for _, size := range sizes {
		text = size.pattern.ReplaceAllString(text, size.shown)
	}
	return text
}

// orders lists what a host was told to do since the last time, without the sizes of bodies.
func (s *stage) orders(word string) string {
	var b strings.Builder
	for _, order := range s.hosts["https://"+word].Orders() {
		fmt.Fprintln(&b, strings.Split(order, " [")[0])
	}
	return cmp.Or(b.String(), "it was told nothing\n")
}

// damage changes one bit in the middle of a file.
func damage(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	data[len(data)/2] ^= 1
	return os.WriteFile(path, data, 0o600)
}

// listing lists the files below a directory with their modes.
func listing(dir string) string {
	var b strings.Builder
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s %s\n", info.Mode(), path)
		return nil
	})
	return cmp.Or(b.String(), "there is nothing\n")
}

// hostScene changes how the source behaves.
func hostScene(change func(*ostest.Host)) func(*stage) {
	return func(s *stage) { change(s.host(hostWords[0])) }
}
