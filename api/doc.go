// Package api is Yingda's HTTP door: JSON operations under /v1 with an
// OpenAPI 3.1 description, streams for visitors and the desk, routes in the
// shapes of other products (compat), the pages, and what operators ask for.
//
// A handler decodes, calls one of the interfaces of ports.go, and encodes.
// Errors become RFC 9457 problems in one place (problem.go).
package api
