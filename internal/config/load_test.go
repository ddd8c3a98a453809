package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const withToken = `{ "iab": { "gotifyUrl": "https://gotify.example.com/message?token=x" }, "hosts": [
	{ "role": "source", "url": "https://192.0.2.10" }, { "role": "target", "url": "https://192.0.2.11" } ] }`

func TestFilesThatCanNotBeReadHaveASentenceAndAHint(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing.json")
	large := filepath.Join(dir, "large.json")
	if err := os.WriteFile(large, []byte(withToken+strings.Repeat(" ", maxSize)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]Problem{
		missing: {Text: "the file does not exist", Hint: "run `iab onboard`, or name the file by --config"},
		dir:     {Text: "the file can't be read: is a directory", Hint: "check the file and the modes of its directories"},
		large:   {Text: "the file is larger than 16 MiB", Hint: "leave out what IAB does not need"},
	} {
		_, err := Load(path)
		var invalid *Error
		if !errors.As(err, &invalid) {
			t.Fatalf("%s: the error is %v", path, err)
		}
		if diff := cmp.Diff([]Problem{want}, invalid.Problems); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
		if got := err.Error(); got != "read config "+path+": "+want.Text || invalid.Advice() != want.Hint {
			t.Errorf("%s: the error reads %q, advice %q", path, got, invalid.Advice())
		}
		if errors.Is(err, fs.ErrNotExist) != (path == missing) {
			t.Errorf("%s: the error says wrongly whether the file exists", path)
		}
	}
}

func TestTheLargestFileIsTaken(t *testing.T) {
	data := withToken + strings.Repeat(" ", maxSize-len(withToken))
	if _, err := Parse("config.json", []byte(data)); err != nil {
		t.Error(err)
	}
}

func TestATokenThatEverybodyCanReadIsWarnedAbout(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.json")
	without := strings.Replace(withToken, "gotifyUrl", "healthchecksUrl", 1)
	for _, c := range []struct {
		data  string
		mode  os.FileMode
		warns int
	}{
		{withToken, 0o644, 1},
		{withToken, 0o604, 1},
		{withToken, 0o640, 0},
		{withToken, 0o600, 0},
		{without, 0o644, 0},
	} {
		if err := os.WriteFile(path, []byte(c.data), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		cfg, err := Load(path)
		if err != nil || len(cfg.Warnings) != c.warns {
			t.Errorf("mode %o: warnings %q, error %v, want %d warnings", c.mode, cfg.Warnings, err, c.warns)
		}
		if strings.Contains(strings.Join(cfg.Warnings, ""), "token=") {
			t.Errorf("mode %o: the warning shows the token", c.mode)
		}
	}
}

func TestSeveralProblemsAreSeveralLinesAndOfferNoSingleHint(t *testing.T) {
	_, err := Parse("c.json", []byte("{\n  \"host\": 1,\n  \"hosts\": []\n}"))
	want := "read config c.json: host (line 2): unknown key\n" +
		"read config c.json: hosts (line 3): no host has the role source or target"
	var invalid *Error
	if !errors.As(err, &invalid) || err.Error() != want || invalid.Advice() != "" {
		t.Errorf("the error is\n%v\nwant\n%s", err, want)
	}
}

func TestALongListOfProblemsIsCut(t *testing.T) {
	_, err := Parse("c.json", []byte(`{ "projects": [`+strings.Repeat("1, ", 2*maxProblems)+`1] }`))
	var invalid *Error
	if !errors.As(err, &invalid) || len(invalid.Problems) != maxProblems+1 {
		t.Fatalf("the error is %v", err)
	}
	if got := invalid.Problems[maxProblems].Text; got != "there are more problems than these" {
		t.Errorf("the list ends with %q", got)
	}
}

func TestTheFlagForIndependentPoliciesAlwaysWins(t *testing.T) {
	yes, no := true, false
	for _, c := range []struct {
		file bool
		flag *bool
		want bool
	}{
		{false, nil, false}, {true, nil, true},
		{false, &yes, true}, {true, &yes, true},
		{false, &no, false}, {true, &no, false},
	} {
		if got := (Config{IndependentRetention: c.file}).Independent(c.flag); got != c.want {
			t.Errorf("file %t: independent is %t, want %t", c.file, got, c.want)
		}
	}
}

func TestNamesAreInUTCOnlyIfTheConfigSaysSo(t *testing.T) {
	local := time.FixedZone("local", 7200)
	if got := (Config{}).Location(local); got != local {
		t.Errorf("the location is %v, want the local one", got)
	}
	if got := (Config{UTC: true}).Location(local); got != time.UTC {
		t.Errorf("the location is %v, want UTC", got)
	}
}
