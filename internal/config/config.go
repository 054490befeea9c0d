// Package config reads Yingda's one configuration: a YAML file, overridden by
// environment variables named YINGDA_… . Every key has a default, so no file
// is needed at all; example.yml documents each one.
package config

import (
	"bytes"
	_ "embed"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/goccy/go-yaml"

	"github.com/yingda/yingda/internal/fault"
)

// Example is the documented configuration file, all keys at their defaults.
//
//go:embed example.yml
var Example []byte

// Config is the whole configuration. The meaning of each key is documented in
// example.yml, nowhere else.
type Config struct {
	Data   string `yaml:"data" env:"DATA"`
	Server Server `yaml:"server" envPrefix:"SERVER_"`
	Store  Store  `yaml:"store" envPrefix:"STORE_"`
	NLU    NLU    `yaml:"nlu" envPrefix:"NLU_"`
	KB     KB     `yaml:"kb" envPrefix:"KB_"`
	Dialog Dialog `yaml:"dialog" envPrefix:"DIALOG_"`
	Shop   Shop   `yaml:"shop" envPrefix:"SHOP_"`
	Log    Log    `yaml:"log" envPrefix:"LOG_"`
	// ORTLib has a short environment name because scripts set it.
	ORTLib string `yaml:"ort_lib" env:"ORT_LIB"`
}

// Server is the HTTP door.
type Server struct {
	Listen          string        `yaml:"listen" env:"LISTEN"`
	MaxBody         int64         `yaml:"max_body" env:"MAX_BODY"`
	MaxImport       int64         `yaml:"max_import" env:"MAX_IMPORT"`
	VisitorPerMin   int           `yaml:"visitor_per_minute" env:"VISITOR_PER_MINUTE"`
	APIPerSec       int           `yaml:"api_per_second" env:"API_PER_SECOND"`
	LoginPerMin     int           `yaml:"login_per_minute" env:"LOGIN_PER_MINUTE"`
	ShutdownTimeout time.Duration `yaml:"shutdown_timeout" env:"SHUTDOWN_TIMEOUT"`
	TrustedProxies  []string      `yaml:"trusted_proxies" env:"TRUSTED_PROXIES"`
	AllowedOrigins  []string      `yaml:"allowed_origins" env:"ALLOWED_ORIGINS"`
	SecureCookies   bool          `yaml:"secure_cookies" env:"SECURE_COOKIES"`
}

// Store is where everything is kept.
type Store struct {
	DSN string `yaml:"dsn" env:"DSN"`
}

// NLU is the understanding of messages.
type NLU struct {
	Models          string `yaml:"models" env:"MODELS"`
	MaxTokens       int    `yaml:"max_tokens" env:"MAX_TOKENS"`
	Concurrency     int    `yaml:"concurrency" env:"CONCURRENCY"`
	Queue           int    `yaml:"queue" env:"QUEUE"`
	Batch           int    `yaml:"batch" env:"BATCH"`
	CollapseRepeats bool   `yaml:"collapse_repeats" env:"COLLAPSE_REPEATS"`
	Simplify        bool   `yaml:"simplify" env:"SIMPLIFY"`
	UserWords       string `yaml:"user_words" env:"USER_WORDS"`
	// ScopeThreshold may be replaced by a bot's scope_threshold.
	ScopeThreshold float64 `yaml:"scope_threshold" env:"SCOPE_THRESHOLD"`
}

// KB is the knowledge base's index.
type KB struct {
	Engine     string  `yaml:"engine" env:"ENGINE"`
	QdrantAddr string  `yaml:"qdrant_addr" env:"QDRANT_ADDR"`
	QdrantKey  string  `yaml:"qdrant_key" env:"QDRANT_KEY"`
	QdrantTLS  bool    `yaml:"qdrant_tls" env:"QDRANT_TLS"`
	AnswerAt   float64 `yaml:"answer_at" env:"ANSWER_AT"`
	SuggestAt  float64 `yaml:"suggest_at" env:"SUGGEST_AT"`
	GroupHour  int     `yaml:"group_hour" env:"GROUP_HOUR"`
}

// Dialog is the bot's manners.
type Dialog struct {
	Flows string `yaml:"flows" env:"FLOWS"`
	Bots  string `yaml:"bots" env:"BOTS"`
	Rules string `yaml:"rules" env:"RULES"`
	// RiskThreshold may be replaced by a bot's risk_threshold.
	RiskThreshold float64 `yaml:"risk_threshold" env:"RISK_THRESHOLD"`
}

// Shop is where orders and parcels are looked up.
type Shop struct {
	File         string            `yaml:"file" env:"FILE"`
	OrderURL     string            `yaml:"order_url" env:"ORDER_URL"`
	OrdersURL    string            `yaml:"orders_url" env:"ORDERS_URL"`
	OrderUrge    string            `yaml:"order_urge_url" env:"ORDER_URGE_URL"`
	ParcelURL    string            `yaml:"parcel_url" env:"PARCEL_URL"`
	ParcelUrge   string            `yaml:"parcel_urge_url" env:"PARCEL_URGE_URL"`
	Headers      map[string]string `yaml:"headers" env:"HEADERS"`
	Timeout      time.Duration     `yaml:"timeout" env:"TIMEOUT"`
	AllowPrivate bool              `yaml:"allow_private" env:"ALLOW_PRIVATE"`
}

// Log is what is written to standard error.
type Log struct {
	Level  string `yaml:"level" env:"LEVEL"`
	Format string `yaml:"format" env:"FORMAT"`
}

// Default returns the configuration of an empty file.
func Default() Config {
	return Config{
		Data: "./data",
		Server: Server{
			Listen: "127.0.0.1:8080", MaxBody: 1 << 20, MaxImport: 50 << 20,
			VisitorPerMin: 60, APIPerSec: 2000, LoginPerMin: 10, ShutdownTimeout: 15 * time.Second,
		},
		NLU:  NLU{MaxTokens: 128, Queue: 256, Batch: 8, CollapseRepeats: false, Simplify: true},
		KB:   KB{Engine: "memory", GroupHour: 4},
		Shop: Shop{Timeout: 3 * time.Second},
		Log:  Log{Level: "info", Format: "text"},
	}
}

// Load reads the file at path, or the defaults when path is empty, and lets
// environ ("YINGDA_…=…") override it. Unknown keys, wrong types and values out
// of range are fault.Invalid with the line or the key.
func Load(path string, environ []string) (Config, error) {
	cfg := Default()
	if path != "" {
		src, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return cfg, fault.New(fault.NotFound, "there is no configuration file %s; leave --config out to use the defaults", path)
		}
		if err != nil {
			return cfg, fault.Wrap(err, fault.Invalid, "cannot read the configuration %s", path)
		}
		if err := decode(src, &cfg); err != nil {
			return cfg, fault.In(filepath.Base(path), err)
		}
	}
	err := env.ParseWithOptions(&cfg, env.Options{Prefix: "YINGDA_", Environment: env.ToMap(environ)})
	if err != nil {
		return cfg, fault.Wrap(err, fault.Invalid, "an environment variable YINGDA_… has a wrong value")
	}
	return cfg, cfg.check()
}

func decode(src []byte, cfg *Config) error {
	read := *cfg
	err := Strict(src, &read)
	if errors.Is(err, io.EOF) || err == nil && reflect.ValueOf(read).IsZero() {
		return nil // nothing but comments
	}
	if err == nil {
		*cfg = read
		return nil
	}
	return err
}

// Strict decodes one YAML document into v: unknown keys and wrong types are
// fault.Invalid with the line and the place; an empty document is io.EOF.
func Strict(src []byte, v any) (err error) {
	defer func() {
		if p := recover(); p != nil { // the decoder panics on some malformed tags
			err = fault.New(fault.Invalid, "this is not YAML that can be read: %v", p)
		}
	}()
	err = yaml.NewDecoder(bytes.NewReader(src), yaml.Strict()).Decode(v)
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return fault.New(fault.Invalid, "%s", yaml.FormatError(err, false, true))
}

func (c Config) check() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fault.In(key, fault.New(fault.Invalid, format, args...)))
	}
	positive := func(key string, v int64) {
		if v <= 0 {
			bad(key, "is %d and must be positive", v)
		}
	}
	positive("server.max_body", c.Server.MaxBody)
	positive("server.max_import", c.Server.MaxImport)
	positive("server.visitor_per_minute", int64(c.Server.VisitorPerMin))
	positive("server.api_per_second", int64(c.Server.APIPerSec))
	positive("server.login_per_minute", int64(c.Server.LoginPerMin))
	positive("server.shutdown_timeout", int64(c.Server.ShutdownTimeout))
	positive("nlu.queue", int64(c.NLU.Queue))
	positive("shop.timeout", int64(c.Shop.Timeout))
	if c.NLU.MaxTokens < 8 || c.NLU.MaxTokens > 512 {
		bad("nlu.max_tokens", "is %d and must be 8 to 512", c.NLU.MaxTokens)
	}
	if c.NLU.Batch < 1 || c.NLU.Batch > 64 {
		bad("nlu.batch", "is %d and must be 1 to 64", c.NLU.Batch)
	}
	if c.NLU.Concurrency < 0 {
		bad("nlu.concurrency", "is negative; 0 means one per core")
	}
	if c.KB.Engine != "memory" && c.KB.Engine != "qdrant" {
		bad("kb.engine", "is %q; write memory or qdrant", c.KB.Engine)
	}
	if c.KB.Engine == "qdrant" && c.KB.QdrantAddr == "" {
		bad("kb.qdrant_addr", "is empty; the engine qdrant needs host:port")
	}
	if c.KB.GroupHour < 0 || c.KB.GroupHour > 23 {
		bad("kb.group_hour", "is %d and must be an hour from 0 to 23", c.KB.GroupHour)
	}
	for key, p := range map[string]float64{
		"kb.answer_at": c.KB.AnswerAt, "kb.suggest_at": c.KB.SuggestAt,
		"nlu.scope_threshold": c.NLU.ScopeThreshold, "dialog.risk_threshold": c.Dialog.RiskThreshold,
	} {
		if p < 0 || p > 1 {
			bad(key, "is %v and must be a probability from 0 to 1", p)
		}
	}
	switch c.Log.Level {
	case "debug", "info", "warn", "error":
	default:
		bad("log.level", "is %q; write debug, info, warn or error", c.Log.Level)
	}
	if c.Log.Format != "text" && c.Log.Format != "json" {
		bad("log.format", "is %q; write text or json", c.Log.Format)
	}
	return errors.Join(errs...)
}
