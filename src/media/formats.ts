/**
 * The demuxers that may open a file, by FFmpeg's names: real containers and elementary streams only
 * (sound as well, so that it can be told from what is no medium at all). Left out on
 * purpose is everything that names other files or addresses (hls, dash, concat, image2, sdp, …) or draws pictures
 * from text (tty, lavfi).
 */
export const containers = [
  'mov',
  'matroska',
  'avi',
  'mpegts',
  'mpeg',
  'mpegvideo',
  'flv',
  'asf',
  'ogg',
  'ivf',
  'h264',
  'hevc',
  'vvc',
  'av1',
  'obu',
  'm4v',
  'mjpeg',
  'gif',
  'apng',
  'webp_anim',
  'mxf',
  'nut',
  'rm',
  'dv',
  'wtv',
  'gxf',
  'yuv4mpegpipe',
  'swf',
  'ea',
  'bink',
  'smk',
  'wav',
  'mp3',
  'aac',
  'flac',
].join(',')
