package plan_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// behaviour is one golden file, testdata/NAME.json with hyphens: what Build makes of the arranged scene.
type behaviour struct {
	name    string
	arrange func(*scene)
}

func TestPlansOfTheGoldenScenes(t *testing.T) {
	files := map[string]bool{}
	for _, b := range slicesOf(copies, problems, deviceCases, profileCases, prunes, namings, chains, selections, renamings, memberCases, togethers, bases) {
		file := fileOf(b.name)
		if files[file] {
			t.Fatalf("two scenes are called %q", b.name)
		}
		files[file] = true
		t.Run(b.name, func(t *testing.T) {
			s := newScene(t)
			b.arrange(s)
			compareGolden(t, file, encode(t, s.plan()))
		})
	}
	all, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		if !files[filepath.Base(file)] {
			t.Errorf("%s belongs to no scene", file)
		}
	}
}

// fileOf makes a file name of words, without commas and apostrophes.
func fileOf(name string) string {
	return strings.NewReplacer(" ", "-", ",", "", "'", "").Replace(name) + ".json"
}

func slicesOf(groups ...[]behaviour) []behaviour {
	var all []behaviour
	for _, group := range groups {
		all = append(all, group...)
	}
	return all
}

func compareGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func encode(t testing.TB, value any) []byte {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
