package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// maxSize is how large a config may be, in bytes. Tens of thousands of objects fit.
const maxSize = 16 << 20

const hintMissing = "run `iab onboard`, or name the file by --config"

// Load reads and checks a config file. The error is an *Error; the file's absence is found in it by errors.Is and
// fs.ErrNotExist.
func Load(path string) (Config, error) {
	file, err := os.Open(path)
	if err != nil {
		return Config{}, unreadable(path, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Config{}, unreadable(path, err)
	}
	data, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	if err != nil {
		return Config{}, unreadable(path, err)
	}
	cfg, err := Parse(path, data)
	if secret := cfg.SecretKey(); err == nil && secret != "" && info.Mode().IsRegular() && info.Mode().Perm()&0o004 != 0 {
		cfg.Warnings = append(cfg.Warnings,
			fmt.Sprintf("%s: everybody on this machine can read the token in %s; take that away: chmod o-r %s", secret, path, path))
	}
	return cfg, err
}

// SecretKey is a key whose value must be read by nobody else, or "".
func (c Config) SecretKey() string {
	switch {
	case c.GotifyURL != "":
		return "iab.gotifyUrl"
	case len(c.Services) > 0:
		return "iab.notify"
	}
	return ""
}

// unreadable is the error for a file whose content is not known.
func unreadable(path string, cause error) error {
	problem := Problem{Hint: "check the file and the modes of its directories"}
	var system *fs.PathError
	switch {
	case errors.Is(cause, fs.ErrNotExist):
		problem = Problem{Text: "the file does not exist", Hint: hintMissing}
	case errors.As(cause, &system):
		problem.Text = "the file can't be read: " + system.Err.Error()
	default:
		problem.Text = "the file can't be read: " + cause.Error()
	}
	return &Error{Path: path, Problems: []Problem{problem}, cause: cause}
}

// Parse checks the content of a config file; the name stands in errors only. The error is an *Error with all problems.
func Parse(name string, data []byte) (Config, error) {
	p := newProblems()
	if len(data) > maxSize {
		p.add("", "leave out what IAB does not need", "the file is larger than %d MiB", maxSize>>20)
		return Config{}, p.err(name, nil)
	}
	// Some editors begin a file with a mark of its encoding.
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	var raw file
	if checkSyntax(data, p) {
		decode(data, &raw, p)
	}
	r := &reading{problems: p}
	cfg := r.config(raw)
	if err := p.err(name, data); err != nil {
		return Config{}, err
	}
	r.warnUnlisted(cfg)
	cfg.Warnings = r.warnings
	return cfg, nil
}
