/**
 * Source of a small addon that closes and reopens standard error of the process. TensorFlow greets before its log levels work, while
 * its library is being loaded; nothing else is muted, and a load that fails says so by an exception.
 */
export const quietSource = `
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>
static int kept = -1;
static napi_value mute(napi_env, napi_callback_info) {
  int none = open("/dev/null", O_WRONLY);
  if (kept < 0 && none >= 0 && (kept = dup(2)) >= 0) dup2(none, 2);
  if (none >= 0) close(none);
  return nullptr;
}
static napi_value unmute(napi_env, napi_callback_info) {
  if (kept >= 0) { dup2(kept, 2); close(kept); kept = -1; }
  return nullptr;
}
NAPI_MODULE_INIT() {
  napi_value f;
  napi_create_function(env, "mute", NAPI_AUTO_LENGTH, mute, nullptr, &f);
  napi_set_named_property(env, exports, "mute", f);
  napi_create_function(env, "unmute", NAPI_AUTO_LENGTH, unmute, nullptr, &f);
  napi_set_named_property(env, exports, "unmute", f);
  return exports;
}
`
