package incusos

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"iab/internal/ostest"
	"iab/internal/retention"
)

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

var errAnother = errors.New("another certificate")

// pinned is a client that takes no other certificate than the one that the host shows now.
func pinned(h *ostest.Host) *http.Client {
	want := h.Fingerprint()
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			sum := sha256.Sum256(state.PeerCertificates[0].Raw)
			if hex.EncodeToString(sum[:]) != want {
				return errAnother
			}
			return nil
		},
	}}}
}

// server is a host as this package talks to it.
func server(h *ostest.Host) *Server {
	return &Server{Name: "prod", URL: h.URL, HTTP: pinned(h), Changed: func(err error) bool { return errors.Is(err, errAnother) }}
}

// whole archives everything that a host has.
func whole(t *testing.T) Job {
	t.Helper()
	return Job{Store: Store{t.TempDir()}, System: true, AllApps: true, Clock: func() time.Time { return noon }}
}

// result returns the one of a part.
func result(t *testing.T, results []Result, part Part) Result {
	t.Helper()
	for _, r := range results {
		if r.Part == part {
			return r
		}
	}
	t.Fatalf("there is no result of %s in %+v", part, results)
	return Result{}
}

// want checks how a result ended, and that it says these words.
func want(t *testing.T, r Result, outcome Outcome, words ...string) {
	t.Helper()
	if r.Outcome != outcome {
		t.Fatalf("%+v: want %s", r, outcome)
	}
	for _, word := range words {
		if !strings.Contains(r.Error+" "+r.Hint, word) {
			t.Errorf("%+v does not say %q", r, word)
		}
	}
}

// nothingKept checks that no archive and no draft lies in the store.
func nothingKept(t *testing.T, s Store) {
	t.Helper()
	err := filepath.WalkDir(s.Dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			t.Errorf("%s was left", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func policy(text string) retention.Policy { return retention.MustParse(text) }

// archiveOf is a good archive of a part in a store of its own.
func archiveOf(t *testing.T, h *ostest.Host, part Part, change func(*Job)) Archive {
	t.Helper()
	j := whole(t)
	if change != nil {
		change(&j)
	}
	r := result(t, j.Run(t.Context(), server(h)), part)
	want(t, r, OK)
	a, err := Single(r.File)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func holds(t *testing.T, path, secret string) bool {
	t.Helper()
	return bytes.Contains(read(t, path), []byte(secret))
}
