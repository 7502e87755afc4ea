/**
 * How weights are kept in memory where nothing of their layer is trained: as the files have them (`auto`: F32, F16 or BF16), in
 * float32, in bfloat16, or in 8 bits with one factor a row (`int8`, absmax). What is trained is float32 always, and so are vectors.
 */
export type Storage = 'auto' | 'float32' | 'bfloat16' | 'int8'
