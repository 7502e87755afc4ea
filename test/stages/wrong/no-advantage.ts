import * as S from 'kinograd/stages'
import { groups, learning } from './given.ts'

groups.pipe(S.policyUpdate(learning))
