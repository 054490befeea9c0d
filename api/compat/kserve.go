package compat

// KServeProduct writes the errors of KServe's open inference protocol, V2
// (kserve.github.io/website): of it, the health routes are offered.
var KServeProduct = Product{Name: "kserve", Body: func(f Failure) (int, any) {
	return f.Status, map[string]string{"error": f.Message}
}}

// KServeLive answers GET /v2/health/live.
func KServeLive() map[string]bool { return map[string]bool{"live": true} }

// KServeReady answers GET /v2/health/ready.
func KServeReady(ready bool) map[string]bool { return map[string]bool{"ready": ready} }
