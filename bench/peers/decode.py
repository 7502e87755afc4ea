"""Decodes given frames of given clips with other libraries, each as its documentation advises, and times them.

stdin: {"clips": [{"path", "indices"}], "repeats": n}; stdout: a JSON line a measurement
{"peer", "clip", "seconds" (best of the repeats, file opened anew each time), "sha256" (of the RGB bytes in order)}
and for a library that is absent or fails {"peer", "absent": reason}. Each library uses all cores, as it does by default
or where it offers an option; torchcodec also with two threads a core.
"""
import hashlib, json, os, sys, time

cores = os.cpu_count()

def pyav_seek(path, indices):
    import av
    out = []
    with av.open(path) as c:
        s = c.streams.video[0]; s.thread_type = "AUTO"
        step = 1 / (s.average_rate * s.time_base)
        for i in indices:
            target = int(i * step) + (s.start_time or 0)
            c.seek(target, stream=s)
            for f in c.decode(s):
                if f.pts >= target:
                    out.append(f.to_ndarray(format="rgb24")); break
    return out

def pyav_through(path, indices):
    import av
    want = set(indices); out = []
    with av.open(path) as c:
        s = c.streams.video[0]; s.thread_type = "AUTO"
        for i, f in enumerate(c.decode(s)):
            if i in want: out.append(f.to_ndarray(format="rgb24"))
            if i >= indices[-1]: break
    return out

def opencv_seek(path, indices):
    import cv2
    c = cv2.VideoCapture(path); out = []
    for i in indices:
        c.set(cv2.CAP_PROP_POS_FRAMES, i)
        out.append(cv2.cvtColor(c.read()[1], cv2.COLOR_BGR2RGB))
    c.release()
    return out

def opencv_through(path, indices):
    import cv2
    c = cv2.VideoCapture(path); want = set(indices); out = []
    for i in range(indices[-1] + 1):
        if not c.grab(): break
        if i in want: out.append(cv2.cvtColor(c.retrieve()[1], cv2.COLOR_BGR2RGB))
    c.release()
    return out

def decord_batch(path, indices):
    import decord
    return decord.VideoReader(path, num_threads=0).get_batch(indices).asnumpy()

def torchcodec_exact(path, indices):
    from torchcodec.decoders import VideoDecoder
    return VideoDecoder(path, dimension_order="NHWC", num_ffmpeg_threads=0, seek_mode="exact").get_frames_at(list(indices)).data.numpy()

def torchcodec_approximate(path, indices):
    from torchcodec.decoders import VideoDecoder
    return VideoDecoder(path, dimension_order="NHWC", num_ffmpeg_threads=0, seek_mode="approximate").get_frames_at(list(indices)).data.numpy()

def torchcodec_threads(path, indices):
    from torchcodec.decoders import VideoDecoder
    return VideoDecoder(path, dimension_order="NHWC", num_ffmpeg_threads=2 * cores, seek_mode="approximate").get_frames_at(list(indices)).data.numpy()

peers = [pyav_seek, pyav_through, opencv_seek, opencv_through, decord_batch, torchcodec_exact, torchcodec_approximate, torchcodec_threads]

def main():
    job = json.load(sys.stdin)
    for peer in peers:
        name = peer.__name__.replace("_", " ")
        try:
            small = job["clips"][0]
            peer(small["path"], small["indices"])  # imports and warm-up
        except BaseException as e:
            print(json.dumps({"peer": name, "absent": f"{type(e).__name__}: {e}"[:200]}), flush=True)
            continue
        for k, clip in enumerate(job["clips"]):
            if "through" in name and len(clip["indices"]) and clip["indices"][-1] > 6000 and k: continue  # ten times slower, measured once
            best = 1e9
            for _ in range(job["repeats"]):
                t = time.perf_counter(); frames = peer(clip["path"], clip["indices"]); best = min(best, time.perf_counter() - t)
            h = hashlib.sha256()
            for f in frames: h.update(f.tobytes())
            print(json.dumps({"peer": name, "clip": k, "seconds": best, "sha256": h.hexdigest()}), flush=True)

main()
